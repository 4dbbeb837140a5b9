#!/usr/bin/env bash
# Usage: wheel-records-a-run.sh BIN_FOLDER NEW_FOLDER
# Records a run with the gitexp in BIN_FOLDER in a new repository and looks at what came out.
set -euo pipefail
bin=$1
mkdir "$2"
cd "$2"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1
unset PYTHONPATH

git init --quiet --initial-branch=main .
"$bin/gitexp" --version
"$bin/gitexp" record --name first --quiet -- "$bin/python" -c '
import gitexp
for step in range(3):
    gitexp.log({"loss": 1 / (step + 1)})
print("trained")
'
"$bin/gitexp" ls --json >runs.json
"$bin/python" - <<'PYTHON'
import json

(run,) = json.load(open("runs.json"))
assert run["name"] == "first", run["name"]
assert run["status"] == "finished", run["status"]
assert run["metrics"]["loss"]["count"] == 3, run["metrics"]
PYTHON
git show refs/experiments/first:output.log | grep --quiet '^trained$'
"$bin/gitexp" report --output report.html
grep --quiet first report.html
"$bin/gitexp" doctor | grep --quiet 'the web app is there'
git fsck --strict
echo "recorded, listed and reported a run with the gitexp in $bin"
