#!/usr/bin/env bash
# Sees to the programs that the tests use and pip cannot bring: Chromium and git-lfs.
# Installs them with apt-get where that is possible without a question; elsewhere says what is
# missing, and the tests that need it are skipped by name (on a CI machine that is an error).
set -euo pipefail

have_chromium() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

missing=()
have_chromium >/dev/null || missing+=(chromium)
command -v git-lfs >/dev/null || missing+=(git-lfs)
[ ${#missing[@]} -gt 0 ] || exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo -n)
if command -v apt-get >/dev/null && "${as_root[@]}" true 2>/dev/null; then
    echo "Installing ${missing[*]} (for tests) with apt-get"
    log=$(mktemp)
    if "${as_root[@]}" apt-get update >"$log" 2>&1 </dev/null &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
            apt-get install --yes --no-install-recommends "${missing[@]}" >>"$log" 2>&1 </dev/null
    then
        rm -f "$log"
        exit 0
    fi
    tail -n 20 "$log" >&2
    rm -f "$log"
fi

echo "missing for tests: ${missing[*]}" >&2
echo "hint: install them with your system's package manager; tests that need them are skipped" >&2
[ -z "${CI:-}" ]
