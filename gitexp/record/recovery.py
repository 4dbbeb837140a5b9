"""Commit the runs whose processes died; find those whose supervisor died."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.append import absorb_spill
from gitexp.journal.processes import SupervisorLock, is_supervised, read_identity
from gitexp.record.background import end_of_stranger, last_word
from gitexp.record.spawn import spawn_background
from gitexp.record.supervisor import commit_for_good, write_end
from gitexp.schema.run import Run
from gitexp.store.repository import Repository


@dataclass(frozen=True, slots=True)
class Recovery:
    """What was done about one journal that had no supervisor."""

    folder: Path
    name: str
    run: Run | None = None  # committed
    adopted: bool = False  # its training lives: another supervisor was started
    error: str | None = None  # it could not be committed and stays where it is


def orphans(repo: Repository) -> list[Path]:
    """The journals that nobody supervises."""
    return [f for f in folders.live_journals(repo.common_dir) if not is_supervised(f)]


def recover(repo: Repository) -> list[Recovery]:
    """Commit every run whose processes are gone, and have the others supervised again.

    Safe to call from several processes at once and beside running runs.
    """
    return [done for folder in orphans(repo) if (done := recover_one(repo, folder)) is not None]


def recover_one(repo: Repository, folder: Path) -> Recovery | None:
    """The same for one journal that nobody supervises; None: another process is at it."""
    stored = folders.read_json(folder / folders.RUN) or {}
    name = str(stored.get("name", folder.name))
    identity = read_identity(folder)
    if identity is None and _is_young(folder):
        return None  # its supervisor is just starting
    if identity is not None and identity.is_alive(folder):
        with contextlib.suppress(OSError):
            spawn_background(folder)
        return Recovery(folder, name, adopted=True)
    lock = SupervisorLock(folder)
    if not lock.take():
        return None
    try:
        if not (folder / folders.RUN).exists():
            return None  # another process was faster
        absorb_spill(folder, folders.EVENTS)
        if folders.read_end(folder) is None:
            write_end(folder, end_of_stranger(folder, last_word(folder)))
        return Recovery(folder, name, run=commit_for_good(repo, folder))
    except Exception as error:  # noqa: BLE001 - one run that cannot be had keeps nobody from the others
        return Recovery(folder, name, error=str(error) or type(error).__name__)
    finally:
        lock.free()


def _is_young(folder: Path) -> bool:
    try:
        return time.time() - (folder / folders.RUN).stat().st_mtime < 10
    except OSError:
        return True
