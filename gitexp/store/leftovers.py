"""Temporary files of processes that were killed."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path

from gitexp.store.objects import temporary_folder
from gitexp.store.repository import Repository

SNAPSHOT_PREFIX = "snapshot-"
# Far longer than any of them is in use.
_OLD_S = 24 * 3600


def remove_leftovers(repo: Repository) -> int:
    """Remove snapshots' indexes and unfinished objects that nobody will come back to.

    Returns:
        The bytes that they had.
    """
    freed = 0
    for path in (
        *repo.gitexp_dir.glob(f"{SNAPSHOT_PREFIX}*"),
        *temporary_folder(repo).glob("*"),
    ):
        # Somebody else may clean up too.
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _OLD_S:
                freed += _remove(path)
    return freed


def _remove(path: Path) -> int:
    if path.is_dir():
        size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
        shutil.rmtree(path)
    else:
        size = path.stat().st_size
        path.unlink()
    return size
