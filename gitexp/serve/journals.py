"""A running run, followed in its journal: what is new in it each time that somebody looks."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from gitexp.journal import folders
from gitexp.journal.fold import JournalFold
from gitexp.query.columns import metric_place, sample_place
from gitexp.query.live import fold_journal, live_facts
from gitexp.query.runs import Found
from gitexp.query.series import read_pieces
from gitexp.schema import names
from gitexp.schema.clock import from_iso
from gitexp.serve.columns import Columns, Points
from gitexp.serve.log import LiveLog, LogNews
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

MOST_POINTS = 2_000  # new ones of a curve in one event; beyond that the page asks for the curve
_READ_BYTES = 4 * 1024 * 1024  # of a file at a time
_LOOK_BYTES = 16 * 1024 * 1024  # of a journal in one look
# A longer journal is not folded: what was committed in the last minute stands for it, with its
# newest rows over it.
_FOLDED_BYTES = 8 * 1024 * 1024
_QUIET_S = 1.0  # without a new point
# The files that run.json is made of.
_FACTS = (
    folders.METRICS, folders.EVENTS, folders.HARDWARE, folders.SNAPSHOT, folders.END,
)  # fmt: skip


class GrowingFile:
    """The new whole lines of a file; held open, so that they come even after its removal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._at = 0

    def lines(self) -> bytes:
        """What was appended since the last call, up to the last line end; of much, a part."""
        if self._descriptor is None:
            try:
                self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
            except OSError:
                return b""
        size = os.fstat(self._descriptor).st_size - self._at
        length = min(size, _READ_BYTES)
        while length > 0:
            data = os.pread(self._descriptor, length, self._at)
            end = data.rfind(b"\n") + 1
            if end:
                self._at += end
                return data[:end]
            if length == size:
                break
            length = min(size, 2 * length)  # one very long line
        return b""

    @property
    def was_seen(self) -> bool:
        """Whether it was there at any look."""
        return self._descriptor is not None

    def close(self) -> None:
        """Close it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


@dataclass(slots=True)
class News:
    """What is new in a journal."""

    facts: bool = False  # run.json's content changed
    metrics: dict[str, Points] = field(default_factory=dict)
    hardware: dict[str, Points] = field(default_factory=dict)
    log: LogNews | None = None


class RunningRun:
    """One running run.

    Attributes:
        name: as its journal says.
        folder: of its journal.
        metrics: all points of its metrics.
        hardware: all points of its hardware trace.
    """

    def __init__(self, folder: Path, start: Mapping[str, Any]) -> None:
        self.folder = folder
        self.name = str(start["name"])
        self.id = str(start["id"])
        self.created_s = from_iso(str(start["created_at"]))
        self.metrics = Columns(metric_place)
        self.hardware = Columns(sample_place(self.created_s))
        self._rows = GrowingFile(folder / folders.METRICS)
        self._samples = GrowingFile(folder / folders.HARDWARE)
        self._fold: JournalFold | None = None
        self._facts: dict[str, Any] | None = None
        self._uncounted: set[str] = set()  # metrics whose points were told, and not their number
        self._told_at = 0.0
        self._facts_stamps: object = None
        self._seen: object = None
        self._log: LiveLog | None = None
        self._caught_up = False  # with what stood there when we came
        self._lock = threading.Lock()  # of the files and columns
        self._facts_lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path) -> RunningRun | None:
        """Begin to follow a journal; None: it cannot be read. What it holds is no news."""
        start = folders.read_json(folder / folders.RUN)
        if start is None:
            return None
        try:
            return cls(folder, start)
        except (KeyError, ValueError):
            return None

    def look(self, *, last: bool = False) -> News:
        """What is new since the last look.

        Args:
            last: the run has ended, there will be no other look.
        """
        facts = self._facts_moved()
        # While somebody reads a long journal from its beginning, the others are not kept waiting.
        if not self._lock.acquire(blocking=last):
            return News(facts)
        try:
            if not self._read_on(_LOOK_BYTES):
                return News(facts)
            return News(
                facts,
                metrics=self._metric_news(last),
                hardware=self.hardware.take_new(MOST_POINTS),
                log=None if self._log is None else self._log.update(),
            )
        finally:
            self._lock.release()

    def read_all(self) -> None:
        """Read all points that are there, for somebody who wants to see them now."""
        with self._lock:
            while not self._read_on(_LOOK_BYTES):
                pass

    def _read_on(self, most_bytes: int) -> bool:
        """Read what was written meanwhile; False: there is more of what stood there before us."""
        read = 0
        for file, columns in ((self._rows, self.metrics), (self._samples, self.hardware)):
            while lines := file.lines():
                columns.feed(lines)
                read += len(lines)
                if read > most_bytes and not self._caught_up:
                    return False
        if not self._caught_up:
            self._caught_up = True
            self.metrics.take_new(0)
            self.hardware.take_new(0)
        return True

    def _metric_news(self, last: bool) -> dict[str, Points]:
        """New points; where there are none for a while, how many each curve has.

        A page that fetches a curve may get an older state of it after newer points, which it
        could not place. The count tells it to fetch once more.
        """
        new = self.metrics.take_new(MOST_POINTS)
        self._told_at = time.monotonic() if new else self._told_at
        if last or (self._uncounted and time.monotonic() - self._told_at > _QUIET_S):
            new = {**self.metrics.ends(self._uncounted - new.keys()), **new}
            self._uncounted = set()
        else:
            self._uncounted |= new.keys()
        return new

    def complete(self, repo: Repository, committed: Found) -> None:
        """Read what was never seen, from git: a run may begin and end between two looks."""
        with self._lock:
            for file, columns, name in (
                (self._rows, self.metrics, names.METRICS),
                (self._samples, self.hardware, names.HARDWARE),
            ):
                if not file.was_seen:
                    self._caught_up = True
                    for piece in read_pieces(RunStore(repo), committed, name):
                        columns.feed(piece)

    def log(self, before: int | None = None) -> dict[str, Any]:
        """What it printed; from the first call on, more of it is news.

        Args:
            before: the lines in front of this one; None: the last ones.
        """
        with self._lock:
            if self._log is None:
                self._log = LiveLog(self.folder / folders.OUTPUT_RAW)
            return self._log.document(before)

    def facts(self, committed: bytes | None) -> dict[str, Any] | None:
        """The run's run.json as it stands; None: the journal cannot be read, or is gone.

        Args:
            committed: run.json in git, if the run is there.
        """
        with self._facts_lock:
            stamps = self._stamps()
            if stamps == self._facts_stamps and self._facts is not None:
                return self._facts
            self._facts_stamps = stamps
            if self._fold is None and (sum(size for size, _ in stamps) < _FOLDED_BYTES):
                self._fold = fold_journal(self.folder)
            with contextlib.suppress(OSError, ValueError, KeyError, TypeError, AttributeError):
                if self._fold is not None:
                    self._fold.update()
                    self._facts = self._fold.run().to_json()
                elif committed is not None:
                    read = live_facts({self.name: self.folder}, {self.name: committed})
                    self._facts = next((facts for _, facts in read), self._facts)
            return self._facts

    def close(self) -> None:
        """Let go of the journal's files."""
        with self._lock:
            self._rows.close()
            self._samples.close()
            if self._log is not None:
                self._log.close()

    def _facts_moved(self) -> bool:
        stamps = self._stamps()
        moved, self._seen = stamps != self._seen, stamps
        return moved

    def _stamps(self) -> tuple[tuple[int, int], ...]:
        return tuple(_stamp(self.folder / name) for name in _FACTS)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = os.stat(path)
    except OSError:
        return 0, 0
    return found.st_size, found.st_mtime_ns
