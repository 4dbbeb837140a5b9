"""Pushing and fetching, short enough to be read as a story."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from gitexp.record.fetching import fetch_runs
from gitexp.record.pushing import push_runs
from gitexp.schema.shared import Shared
from gitexp.store.remote import find_remote
from gitexp.store.repository import Repository
from support.git import git


def push(top: Path, *names: str, to: str | None = None, **options: Any) -> dict[str, str]:
    """Push; the runs that were touched → what became of them."""
    return told(push_shared(top, names or None, to=to, **options))


def push_shared(
    top: Path, names: Collection[str] | None = None, *, to: str | None = None, **options: Any
) -> Shared:
    """Push; all that is told of it."""
    repo = Repository.open(top)
    return push_runs(repo, find_remote(repo, to), names, **options)


def fetch(top: Path, *names: str, of: str | None = None, **options: Any) -> dict[str, str]:
    """Fetch; the runs that were touched → what became of them."""
    repo = Repository.open(top)
    return told(fetch_runs(repo, find_remote(repo, of), names or None, **options))


def told(done: Shared) -> dict[str, str]:
    """Name → outcome; of several outcomes of one run, the last."""
    return {run.name: run.what for run in done.runs}


def refs(top: Path) -> dict[str, str]:
    """The runs of a repository: name → commit."""
    said = git(
        top, "for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/experiments"
    )
    return dict(line.split() for line in said.splitlines())


def run_json(top: Path, name: str) -> dict[str, Any]:
    """What run.json says."""
    found = json.loads(git(top, "show", f"refs/experiments/{name}:run.json"))
    assert isinstance(found, dict)
    return found
