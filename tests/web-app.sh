#!/usr/bin/env bash
# Usage: web-app.sh PYTHON
# The app's types and tests, and the bundle that the browser tests open. Needs Node.js and npm.
# Without them it says so and goes on (on a CI machine that is an error).
set -euo pipefail
case $1 in /*) python=$1 ;; *) python=$PWD/$1 ;; esac
cd "$(dirname "$0")/../web"

if ! command -v npm >/dev/null; then
    echo "missing for the web app's tests: npm (Node.js 20.19 or newer); they are left out" >&2
    [ -z "${CI:-}" ]
    exit
fi
if [ ! node_modules/.package-lock.json -nt package-lock.json ]; then
    npm ci --ignore-scripts --no-audit --no-fund --silent
fi
npm run --silent types
npm test --silent
"$python" ../hatch_build.py
