"""`log()` of a run that was handed to other processes: they take their steps in turn."""

from __future__ import annotations

import os
from typing import Any

from gitexp.journal.shared_steps import SharedSteps
from gitexp.record.guard import report
from gitexp.record.rows import RowLog


class Alone:
    """True until a forked child logs to the run as well: a byte that all of them see."""

    def __init__(self) -> None:
        import mmap

        self._byte = mmap.mmap(-1, 1)

    def __bool__(self) -> bool:
        return not self._byte[0]

    def end(self) -> None:
        """Tell all processes that they are not."""
        self._byte[0] = 1


class SharedRows(RowLog):
    """Rows of a process, and of those that it forked or sent the run to.

    A forked child writes nothing until the run is used in it by name, `run.log()`: data loaders
    and pools inherit runs that they know nothing of.
    """

    guest = False  # the run is another process's, which ends it
    _inherited = False  # by a fork; not used here so far
    _alone: Alone | None = None  # None: nothing was forked
    _parts = False  # another process was sent the run, or this is a forked one that logs to it
    _shared: SharedSteps | None = None

    @property
    def step(self) -> int:
        """The step that the next log() without one will have."""
        with self._lock:
            try:
                if not self._closed and self._is_shared() and self._shared is not None:
                    return self._shared.read()[0]
            except OSError as error:
                report(error, "reading the step")
            return self._short.next

    @property
    def inherited(self) -> bool:
        """Whether it came with a fork, and was not used in this process so far."""
        return self._inherited

    def share(self) -> None:
        """From now on other processes may log to it.

        Raises:
            OSError: the journal cannot be written to.
        """
        with self._lock:
            self._parts = True
            self._short.clear = False
            if not self._closed and self._shared is None:
                self._shared = SharedSteps(self._journal, self._short.next, self._short.last)

    def _watch_forks(self) -> None:
        os.register_at_fork(before=self._before_fork, after_in_child=self._after_fork)

    def _before_fork(self) -> None:
        # Data loaders fork again and again, and log nothing: log() keeps its short way.
        if self._alone is None:
            self._alone = Alone()
        self._short.clear = self._short.clear and self._alone

    def _after_fork(self) -> None:
        """In a forked child: stop writing, without touching the parent's files."""
        self._inherited = not self._closed
        self._forked = True
        self._shared = None
        self._end_rows()
        self._new_lock()  # another thread of the parent may have held it

    def _take_part(self) -> bool:
        """Whether this may write; a forked child that is told to becomes part of the run."""
        if not self._closed:
            return True
        if not self._inherited:
            return False
        self._inherited = False
        try:
            self._open_anew()
            self._shared = self._steps_of_all()
        except OSError:  # the run has ended meanwhile
            return False
        self._forked, self._closed, self._parts, self.guest = False, False, True, True
        return True

    def _steps_of_all(self) -> SharedSteps:
        """The steps, in a child; the parent may have gone on since the fork."""
        from gitexp.record.resume import next_step

        if self._alone is not None:
            self._alone.end()
        next, last = self._short.next, self._short.last
        newest = next_step(self._journal) - 1
        if newest > last:
            next, last = newest + 1, newest
        return SharedSteps(self._journal, next, last)

    def _open_anew(self) -> None:
        """Open the files that the parent writes to.

        Raises:
            OSError: they are gone.
        """
        self._device = None
        self._rows = type(self._rows)(self._rows.path)
        self._short.descriptor = self._rows.descriptor

    def _is_shared(self) -> bool:
        joined = self._alone is not None and not self._alone
        if self._shared is None and (self._parts or joined):
            self._shared = SharedSteps(self._journal, self._short.next, self._short.last)
            if joined:  # what was written while the child looked
                self._shared.raise_to(self._short.next, self._short.last)
        return self._shared is not None

    def _log_other(self, data: Any, step: int | None, commit: bool | None) -> None:
        self._take_part()
        try:
            if not self._closed and self._is_shared() and self._shared is not None:
                self._log_in_turn(self._shared, data, step, commit)
                return
        except OSError as error:  # the row is kept all the same
            report(error, "sharing the run")
        super()._log_other(data, step, commit)

    def _log_in_turn(
        self, shared: SharedSteps, data: Any, step: int | None, commit: bool | None
    ) -> None:
        short = self._short
        with shared.held():
            short.next, short.last = shared.read()
            super()._log_other(data, step, commit)
            shared.write(short.next, short.last)

    def _check_rows(self) -> None:
        super()._check_rows()
        if self._parts:
            self._short.clear = False
        elif self._alone is not None:
            self._short.clear = self._short.clear and self._alone

    def _close_rows(self) -> None:
        super()._close_rows()
        if self._shared is not None:
            self._shared.close()
            self._shared = None
