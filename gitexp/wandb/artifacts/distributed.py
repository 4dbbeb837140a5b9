"""Artifacts that several runs fill: parts wait beside the journals until one run finishes them.

    <git dir>/gitexp/distributed/<key>/artifacts/<pid-n>/…   as a journal has them

Runs that say the same name and id fill the same artifact; the id is the group's, else any text.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import shutil
from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.artifact_spool import read_artifact_spool, spool_artifact
from gitexp.store.repository import Repository
from gitexp.wandb.artifacts.artifact import Artifact

_numbers = itertools.count(1)


def add_part(repo: Repository, artifact: Artifact, distributed_id: str) -> None:
    """Hand over what a draft holds; another run, or this one, finishes the artifact."""
    part = f"{os.getpid()}-{next(_numbers):06d}"
    spool_artifact(_top(repo, artifact, distributed_id), part, artifact.staged)


def take_parts(repo: Repository, artifact: Artifact, distributed_id: str) -> Path:
    """Give a draft what all parts hold, the newest of a path.

    Returns:
        Where they are; it may go once the artifact is logged.
    """
    top = _top(repo, artifact, distributed_id)
    parts = [path for path in (top / folders.ARTIFACTS).glob("[!.]*") if path.is_dir()]
    for part in sorted(parts, key=lambda path: path.stat().st_mtime_ns):
        artifact.take_staged(read_artifact_spool(part))
    return top


def remove_parts(top: Path) -> None:
    """The artifact is logged."""
    shutil.rmtree(top, ignore_errors=True)


def _top(repo: Repository, artifact: Artifact, distributed_id: str) -> Path:
    told = f"{artifact.collection_name}\0{distributed_id}".encode()
    return repo.gitexp_dir / "distributed" / hashlib.sha256(told).hexdigest()[:20]
