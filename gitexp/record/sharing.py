"""Sharing runs from Python: what `gitexp.push` and `gitexp.fetch` do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from gitexp.record.fetching import fetch_runs
from gitexp.record.pushing import push_runs
from gitexp.schema.shared import Shared
from gitexp.store.remote import find_remote
from gitexp.store.repository import Repository


def push(
    runs: Sequence[str] | None = None,
    remote: str | None = None,
    *,
    path: Path | str | None = None,
) -> Shared:
    """Send new and changed runs to a remote; nothing there is overwritten.

    Args:
        runs: their names; None: all that the remote has not.
        remote: its name or address; None: the branch's, else origin.
        path: a folder of the repository; the current one by default.

    Returns:
        What became of each run; `failed` says whether one was refused.

    Raises:
        NoRemote, RemoteProblem: there is none, or it cannot be reached.
        RunNotFound: there is no run of a name.
    """
    repo = Repository.open(None if path is None else Path(path))
    return push_runs(repo, find_remote(repo, remote), runs)


def fetch(
    runs: Sequence[str] | None = None,
    remote: str | None = None,
    *,
    checkpoints: bool = False,
    path: Path | str | None = None,
) -> Shared:
    """Get everybody's runs from a remote; none of those that are here is lost.

    Args:
        runs: names there; None: all but those that were removed here.
        remote: its name or address; None: the branch's, else origin.
        checkpoints: bring them along; by default they come when they are loaded.
        path: a folder of the repository; the current one by default.

    Raises:
        NoRemote, RemoteProblem: there is none, or it cannot be reached.
        RunNotFound: the remote has no run of a name.
    """
    repo = Repository.open(None if path is None else Path(path))
    return fetch_runs(repo, find_remote(repo, remote), runs, checkpoints=checkpoints)
