"""What a run that goes on keeps of its tree without having it in its new journal."""

from __future__ import annotations

import os
from pathlib import Path

from gitexp.journal import folders
from gitexp.schema import names
from gitexp.schema.artifact import ARTIFACTS
from gitexp.store.objects import FILE, TREE, TreeEntry
from gitexp.store.repository import Repository

# The new journal has these, or they are written from it.
_FOLDERS = (names.CODE, names.CHECKPOINTS, names.PLOTS)
_FILES = (names.README, names.RUN, names.CONFIG, names.DIAGNOSTICS)
_GROWING = (names.METRICS, names.HARDWARE, names.HISTOGRAMS, names.OUTPUT)


def read_base(repo: Repository, folder: Path) -> dict[str, TreeEntry]:
    """Media, artifacts and the like of the commit that a resumed run goes on from, by path.

    Args:
        repo: where.
        folder: the journal; of a run that just began there is nothing.
    """
    told = folders.read_json(folder / folders.GOES_ON)
    if told is None:
        return {}
    commit = str(told["commit"])
    found: dict[str, TreeEntry] = {}
    deep = []
    for path, mode, oid in _listed(repo, commit):
        if mode == TREE and path not in _FOLDERS:
            deep.append(path)
        elif mode == FILE and path not in _FILES and not _grows(path):
            found[path] = FILE, oid
    for path, mode, oid in _listed(repo, "-r", "-t", commit, "--", *deep) if deep else ():
        # Each version of an artifact is one folder, artifacts/<name>/<digest>.
        in_artifacts = path.startswith(f"{ARTIFACTS}/")
        if (mode == TREE and path.count("/") == 2) if in_artifacts else mode != TREE:
            found[path] = mode, oid
    return found


def _grows(path: str) -> bool:
    return any(names.part_number(name, path) is not None for name in _GROWING)


def _listed(repo: Repository, *args: str) -> list[tuple[str, int, str]]:
    """Path, mode and oid of what a commit holds."""
    rows = []
    for row in repo.git("ls-tree", "-z", *args).split(b"\0")[:-1]:
        facts, _, path = row.partition(b"\t")
        mode, _, oid = facts.decode().split()
        rows.append((os.fsdecode(path), int(mode, 8), oid))
    return rows
