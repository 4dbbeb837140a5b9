"""The steps of a run that several processes log to at once."""

from __future__ import annotations

import contextlib
import fcntl
import os
import struct
from collections.abc import Iterator
from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.append import FIRST_DESCRIPTOR

_STEPS = struct.Struct("<qq")  # the next step, the newest one


class SharedSteps:
    """The next step and the newest one, in a file of the journal that one process holds at a time.

    Threads: to be used under the run's lock. A forked child must open it anew.
    """

    def __init__(self, folder: Path, next: int, last: int) -> None:
        """Open the file, or make it.

        Args:
            folder: the journal.
            next: the step of the next row, if nobody shares the run yet.
            last: the newest step, likewise.

        Raises:
            OSError: it can be neither read nor made.
        """
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        descriptor = os.open(folder / folders.STEPS, flags, 0o666)
        self._descriptor = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR)
        os.close(descriptor)
        self._holds = 0
        with self.held():
            if os.fstat(self._descriptor).st_size < _STEPS.size:
                self.write(next, last)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Keep the other processes waiting; a signal handler may hold it once more meanwhile."""
        self._holds += 1
        try:
            if self._holds == 1:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX)
            yield
        finally:
            self._holds -= 1
            if self._holds == 0:
                fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def read(self) -> tuple[int, int]:
        """The next step and the newest one."""
        next, last = _STEPS.unpack(os.pread(self._descriptor, _STEPS.size, 0))
        return next, last

    def write(self, next: int, last: int) -> None:
        """Set them; they must be held."""
        os.pwrite(self._descriptor, _STEPS.pack(next, last), 0)

    def raise_to(self, next: int, last: int) -> None:
        """Set those that are lower than this."""
        with self.held():
            known, newest = self.read()
            self.write(max(known, next), max(newest, last))

    def close(self) -> None:
        """Give the file back."""
        with contextlib.suppress(OSError):
            os.close(self._descriptor)
