"""Runs that run already: whose a recorded one is where several processes begin runs; facts."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.processes import ProcessIdentity
from gitexp.record.start import JOURNAL_VARIABLE
from gitexp.schema.run import Run


def is_anothers(folder: Path, *, once: bool = False) -> bool:
    """Whether another process that lives has made a recorded run its own; else it is ours now.

    Two processes at once are two runs, as scripts that begin one for each worker expect. One after
    the other, `train.py && eval.py`, are one.

    Args:
        folder: the journal.
        once: the process need not live any more: each has a run of its own, as with wandb.
    """
    with _one_at_a_time(folder):
        other = ProcessIdentity.from_json(folders.read_json(folder / folders.JOINED))
        if other is not None and other.pid != os.getpid() and (once or other.is_alive(folder)):
            return True
        own = ProcessIdentity.of(os.getpid())
        if own is not None and folder.is_dir():
            folders.write_json(folder / folders.JOINED, asdict(own))
        return False


def is_ours(folder: Path) -> bool:
    """Whether a journal is of the run that `gitexp record` began for this command."""
    recorded = os.environ.get(JOURNAL_VARIABLE)
    return recorded is not None and Path(recorded).resolve() == folder.resolve()


def as_it_began(folder: Path) -> Run | None:
    """What is known of a run since its beginning; None: it has ended."""
    stored = folders.read_json(folder / folders.RUN)
    return None if stored is None else Run.from_json(stored)


def as_it_stands(folder: Path) -> Run | None:
    """The same with all that was said and logged so far."""
    from gitexp.journal.fold import JournalFold

    try:
        fold = JournalFold(folder)
    except FileNotFoundError:
        return None
    fold.update()
    return fold.run()


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Workers that were started together ask at the same moment: only one may be told yes."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # the journal is gone, and nobody's
        yield
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
