#!/bin/sh
# Finds the square root of a number by gradient descent on (w² - number)², and only prints.
# Usage: sqrt.sh [--number N] [--lr RATE] [--steps COUNT]
set -eu

number=2 lr=0.05 steps=12
while [ $# -gt 0 ]; do
    case $1 in
        --number) number=$2 ;;
        --lr) lr=$2 ;;
        --steps) steps=$2 ;;
        *) echo "usage: sqrt.sh [--number N] [--lr RATE] [--steps COUNT]" >&2; exit 2 ;;
    esac
    shift 2
done

LC_ALL=C awk -v number="$number" -v lr="$lr" -v steps="$steps" 'BEGIN {
    w = 1
    for (step = 1; step <= steps; step++) {
        error = w * w - number
        printf "step %d loss %.6f\n", step, error * error
        w -= lr * 4 * error * w
    }
    printf "sqrt(%s) is about %.6f\n", number, w
}'
