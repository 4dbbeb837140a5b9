"""What git knows of a run at its start, written to the journal once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from gitexp.errors import GitexpError
from gitexp.journal import folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import WARNING, encode_event
from gitexp.settings import Settings
from gitexp.store.repository import Repository
from gitexp.store.snapshot import take_snapshot


def take_facts(repo: Repository, folder: Path, settings: Settings) -> None:
    """Take the snapshot of the code and note the base commit; a second call does nothing.

    What cannot be taken is a warning in run.json: a training does not wait for a clean worktree.
    """
    if folders.read_json(folder / folders.SNAPSHOT) is not None:
        return
    warnings: list[str] = []
    facts: dict[str, Any] = {"code_tree": None, "dirty": False, "skipped": []}
    try:
        head = repo.head()
        facts |= {"base_commit": head.commit, "branch": head.branch}
        if repo.worktree is not None:
            facts |= _snapshot(repo, settings, warnings)
    except (GitexpError, OSError) as error:
        warnings.append(f"the code could not be kept: {error}")
    folders.write_json(folder / folders.SNAPSHOT, facts)
    _warn(folder, warnings)


def retake_snapshot(repo: Repository, folder: Path, settings: Settings) -> None:
    """Write the snapshot's objects again, after a `git gc --prune=now` has removed them.

    Raises:
        GitexpError, OSError: that cannot be done either.
    """
    facts = folders.read_json(folder / folders.SNAPSHOT)
    if repo.worktree is None or facts is None:
        return
    again = _snapshot(repo, settings, [])
    if again["code_tree"] != facts["code_tree"]:
        folders.write_json(folder / folders.SNAPSHOT, {**facts, **again})
        _warn(folder, ["a git gc removed the code's snapshot, it was taken again later"])


def _snapshot(repo: Repository, settings: Settings, warnings: list[str]) -> dict[str, Any]:
    snapshot = take_snapshot(
        repo, untracked_limit_bytes=settings.untracked_limit_bytes, secrets=settings.secrets
    )
    warnings += snapshot.warnings
    skipped = [asdict(file) for file in snapshot.skipped]
    return {"code_tree": snapshot.tree, "dirty": snapshot.dirty, "skipped": skipped}


def _warn(folder: Path, warnings: list[str]) -> None:
    if warnings:
        file = LineFile(folder / folders.EVENTS)
        for warning in warnings:
            file.append(encode_event(WARNING, message=warning))
        file.close()
