#!/usr/bin/env bash
# Usage: demo.sh NEW_FOLDER
# Records real trainings in a scratch repository, FOLDER/lab, and shows what came of them.
# `make demo` calls it with gitexp on the PATH.
set -euo pipefail

examples=$(cd "$(dirname "$0")" && pwd)
rm -rf "$1"
mkdir -p "$1/lab"
cd "$1/lab"

bold='' cyan='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
    bold=$'\033[1m' cyan=$'\033[36m' plain=$'\033[0m'
fi
heading() { printf '\n%s── %s%s\n' "$bold" "$1" "$plain"; }
# Prints a command as one would type it, and runs it.
show() {
    local word line=''
    for word; do
        case $word in
            *[!A-Za-z0-9_./:=,@%+-]*) line+=" '$word'" ;;
            *) line+=" $word" ;;
        esac
    done
    printf '\n%s$%s%s\n' "$cyan" "$line" "$plain"
    "$@"
}
# The name of the newest run, or of the one before it with an argument of 1, …
newest() { git for-each-ref --sort=-creatordate --format='%(refname:lstrip=2)' \
    refs/experiments | sed -n "$((${1:-0} + 1))p"; }

heading 'A scratch repository with four training scripts'
git -c init.defaultBranch=main init --quiet .
git config user.name >/dev/null || git config user.name 'gitexp demo'
git config user.email >/dev/null || git config user.email 'demo@example.org'
git config commit.gpgsign false
cp "$examples/autoencoder/train.py" autoencoder.py
cp "$examples/regression/train.py" regression.py
cp "$examples/descent/descent.py" descent.py
cp "$examples/shell/sqrt.sh" sqrt.sh
git add .
git commit --quiet -m 'four training scripts'
show git log --oneline --stat --format='%h %s'

heading 'The classic lab: one network, three learning rates'
for lr in 0.1 0.01 0.001; do
    show gitexp record python autoencoder.py --lr "$lr"
done

show gitexp ls
show gitexp diff "$(newest 2)" "$(newest 1)"

heading 'An edit that is not committed, and the best learning rate again'
relu=$(newest 1)
show sed -i.orig 's/nn.ReLU()/nn.GELU()/' autoencoder.py
rm autoencoder.py.orig
show gitexp record -t gelu -m 'smoother units' python autoencoder.py --lr 0.01
gelu=$(newest)
show git status --short
show git diff --stat "refs/experiments/$relu:code" "refs/experiments/$gelu:code"

heading 'It is all in git: every run is a chain of commits on its own ref'
show git log --oneline -n 6 "refs/experiments/$gelu"
show git ls-tree --name-only "refs/experiments/$gelu"

heading 'scikit-learn, plain Python, and a shell script that knows nothing of gitexp'
show gitexp record python regression.py
show gitexp record python descent.py --lr 0.5
show gitexp record ./sqrt.sh --number 2 --lr 0.05
show gitexp ls --columns name,status,duration,command

heading 'A report, one static file'
show gitexp report -o ../report.html
printf '\nThe repository: %s\nThe report:     %s\n' "$PWD" "$(cd .. && pwd)/report.html"
