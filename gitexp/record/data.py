"""What the project's declared data files were when a run began, written to the journal once."""

from __future__ import annotations

from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import CAPTURE, WARNING, encode_event
from gitexp.journal.tail import LineTail
from gitexp.schema.data import DECLARED
from gitexp.settings import Settings
from gitexp.store.data_files import MOST_FILES, find_data, fingerprint
from gitexp.store.repository import Repository


def take_data(repo: Repository, folder: Path, settings: Settings) -> None:
    """Note size, time and content of the files that the setting `data` names.

    A second call does nothing: a supervisor that takes a run over comes too late to know.

    Raises:
        OSError: the journal cannot be written.
    """
    if not settings.data or repo.worktree is None or _is_taken(folder):
        return
    paths = find_data(repo.worktree, settings.data)
    rows = [file.to_json() for file in fingerprint(repo.worktree, paths)]
    events = LineFile(folder / folders.EVENTS)
    events.append(encode_event(CAPTURE, values={DECLARED: rows}))
    if not rows:
        named = ", ".join(settings.data)
        events.append(
            encode_event(WARNING, message=f"no data file fits the setting data: {named}")
        )
    elif len(paths) == MOST_FILES:
        message = f"only the first {MOST_FILES:,} data files are noted"
        events.append(encode_event(WARNING, message=message))
    events.close()


def _is_taken(folder: Path) -> bool:
    said = LineTail(folder / folders.EVENTS).objects()
    return any(e.get("type") == CAPTURE and DECLARED in (e.get("values") or {}) for e in said)
