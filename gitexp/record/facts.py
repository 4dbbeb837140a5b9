"""What git knows of a run at its start, written to the journal once."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

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
    if (folder / folders.SNAPSHOT).exists():
        return
    warnings: list[str] = []
    facts: dict[str, object] = {"code_tree": None, "dirty": False, "skipped": []}
    try:
        head = repo.head()
        facts |= {"base_commit": head.commit, "branch": head.branch}
        if repo.worktree is not None:
            snapshot = take_snapshot(
                repo,
                untracked_limit_bytes=settings.untracked_limit_bytes,
                secrets=settings.secrets,
            )
            warnings += snapshot.warnings
            facts["code_tree"] = snapshot.tree
            facts["dirty"] = snapshot.dirty
            facts["skipped"] = [asdict(skipped) for skipped in snapshot.skipped]
    except (GitexpError, OSError) as error:
        warnings.append(f"the code could not be kept: {error}")
    folders.write_json(folder / folders.SNAPSHOT, facts)
    if warnings:
        file = LineFile(folder / folders.EVENTS)
        for warning in warnings:
            file.append(encode_event(WARNING, message=warning))
        file.close()
