"""What a run that goes on keeps of its tree without having it in its new journal."""

from __future__ import annotations

import os
from pathlib import Path

from gitexp.journal import folders
from gitexp.schema import names
from gitexp.schema.artifact import ARTIFACTS
from gitexp.store.objects import FILE, TREE, TreeEntry
from gitexp.store.repository import Repository


def read_base(repo: Repository, folder: Path) -> dict[str, TreeEntry]:
    """Media and artifacts of the commit that a resumed run goes on from, by path.

    Args:
        repo: where.
        folder: the journal; of a run that just began there is nothing.
    """
    told = folders.read_json(folder / folders.GOES_ON)
    if told is None:
        return {}
    commit = str(told["commit"])
    found: dict[str, TreeEntry] = {}
    listed = repo.git("ls-tree", "-r", "-t", "-z", commit, "--", names.MEDIA, ARTIFACTS)
    for row in listed.split(b"\0")[:-1]:
        facts, _, raw = row.partition(b"\t")
        _, kind, oid = facts.decode().split()
        path = os.fsdecode(raw)
        if path.startswith(f"{names.MEDIA}/") and kind == "blob":
            found[path] = FILE, oid
        elif path.count("/") == 2 and kind == "tree" and path.startswith(f"{ARTIFACTS}/"):
            found[path] = TREE, oid  # artifacts/<name>/<digest>
    return found
