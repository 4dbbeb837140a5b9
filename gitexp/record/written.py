"""Files below a folder that were changed since a moment: for commands that tell nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

# A worktree with millions of files is not searched to its end.
_LONGEST_S = 1.0
_GENERATED = frozenset(("__pycache__", "node_modules", "venv", "site-packages"))


def written_since(top: Path, moment_s: float) -> list[str]:
    """Paths of files whose content or name is newer than a moment; hidden ones are left out.

    Args:
        top: where to look, with all folders below.
        moment_s: seconds since the epoch.
    """
    until = time.monotonic() + _LONGEST_S
    return sorted(
        entry.path
        for entry in _files(str(top), until)
        if entry.stat(follow_symlinks=False).st_mtime >= moment_s
    )


def _files(folder: str, until: float) -> Iterator[os.DirEntry[str]]:
    if time.monotonic() > until:
        return
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _GENERATED:
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path, until)
        elif entry.is_file(follow_symlinks=False):
            yield entry
