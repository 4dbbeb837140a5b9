# Any language: lines of JSON to the file that a variable names.
for step in 1 2 3; do
    echo "{\"step\": $step, \"reward\": $step.5}" >>"$GITEXP_METRICS"
done
