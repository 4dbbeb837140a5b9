"""A recorded command whose script goes on with an older run: the recorded run stays empty.

It is let go of at the end if there is nothing in it that the other one has not; else it says which
run the script went on with.
"""

from __future__ import annotations

import os
from pathlib import Path

from gitexp.journal import events, folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import encode_event
from gitexp.journal.fold import JournalFold
from gitexp.record.start import JOURNAL_VARIABLE, is_pinned
from gitexp.schema import names
from gitexp.schema.run import Run
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

_NAME, _ID = "went_on", "went_on_id"


def recorded_run() -> Run | None:
    """What `gitexp record` knew of its run when it began; None: this is no process of one."""
    folder = os.environ.get(JOURNAL_VARIABLE)
    stored = folders.read_json(Path(folder) / folders.RUN) if folder else None
    return None if stored is None else Run.from_json(stored)


def say_went_on(folder: Path, run: Run) -> None:
    """Note in a recorded run's journal which run the script goes on with.

    Raises:
        OSError: it cannot be written to.
    """
    file = LineFile(folder / folders.EVENTS)
    file.append(encode_event(events.CAPTURE, values={"wandb": {_NAME: run.name, _ID: run.id}}))
    file.close()


def other_run(repo: Repository, fold: JournalFold) -> Run | None:
    """The run that all of a recorded one's numbers are in; None: it has some of its own.

    Args:
        repo: where both are.
        fold: the recorded run's journal, folded to its end.

    Raises:
        GitexpError: the other one cannot be read.
    """
    told = fold.capture.get("wandb")
    name = told.get(_NAME) if isinstance(told, dict) else None
    if not isinstance(told, dict) or name is None or _has_its_own(fold):
        return None
    store = RunStore(repo)
    oid = store.oid(name)
    run = None if oid is None else store.read_run(oid, name)
    return run if run is not None and run.id == told.get(_ID) else None


def _has_its_own(fold: JournalFold) -> bool:
    start = fold.start
    begun = (fold.folder / folders.JOINED).exists()  # by an init() that did not go on
    measured = fold.metrics.rows or fold.checkpoints or fold.artifacts.entries
    asked = start.tags or start.notes or start.group or is_pinned(fold.folder)
    files = any((fold.folder / part).is_dir() for part in (names.MEDIA, names.OUTPUTS))
    return bool(begun or measured or asked or files or fold.summary)
