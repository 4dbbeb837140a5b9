#!/bin/sh
# Any language: a loop that prints JSON lines.
for step in 10 20 30; do
  echo "{\"step\": $step, \"loss\": 0.$step, \"lr\": 0.1}"
done
