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


def remove_leftovers(repo: Repository) -> None:
    """Remove snapshots' indexes and unfinished objects that nobody will come back to."""
    for path in (
        *repo.gitexp_dir.glob(f"{SNAPSHOT_PREFIX}*"),
        *temporary_folder(repo).glob("*"),
    ):
        # Somebody else may clean up too.
        with contextlib.suppress(OSError):
            if time.time() - path.stat().st_mtime > _OLD_S:
                _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
