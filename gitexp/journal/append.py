"""Append whole lines to a file, one write(2) each, so that what was appended survives SIGKILL."""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

from gitexp.journal.folders import spill_dir

# Out of the way of scripts that close low descriptors or expect to get one.
_FIRST_DESCRIPTOR = 200


class LineFile:
    """A file of lines that several processes and threads may append to.

    Every line goes out in one write to a descriptor opened with O_APPEND, so lines never mix.
    When the disk takes no more (full, read-only, gone), lines are kept in memory and in a spill
    file on the temporary file system, and go to the file as soon as it takes them again; the
    journal's reader knows the spill file too, so a crash meanwhile loses nothing.

    Threads: `append` must be called under the caller's lock. Errors: none, `trouble` says what
    the disk said last.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.spill = spill_dir(path.parent) / path.name
        self.trouble: OSError | None = None
        self.waiting: list[bytes] = []
        self.torn = False  # the file ends in part of a line
        self.descriptor = open_append(path)

    def append(self, line: bytes) -> None:
        """Append one line, which ends with a newline."""
        if self.waiting:
            self.hold(line, None)
            self.retry()
            return
        try:
            written = os.write(self.descriptor, line)
        except OSError as error:
            self.hold(line, error)
            return
        if written != len(line):
            self.finish_line(line, written)

    def finish_line(self, line: bytes, written: int) -> None:
        """After a short write: the line counts as torn and is written anew, whole."""
        self.torn = self.torn or written > 0
        self.hold(line, None)
        self.retry()

    def hold(self, line: bytes, error: OSError | None) -> None:
        """Keep a line that the disk did not take."""
        self.trouble = error or self.trouble
        self.waiting.append(line)
        with contextlib.suppress(OSError):
            self.spill.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self.spill.open("ab", buffering=0) as file:
                file.write(line)

    def retry(self) -> bool:
        """Try to write the waiting lines; True if none is left."""
        if not self.waiting:
            return True
        start = b"\n" if self.torn else b""
        try:
            written = os.write(self.descriptor, start + b"".join(self.waiting))
        except OSError as error:
            self.trouble = error
            self._reopen()
            return False
        written -= len(start)
        self.torn = self.torn and written < 0
        while self.waiting and written >= len(self.waiting[0]):
            written -= len(self.waiting.pop(0))
        self.torn = self.torn or written > 0
        if self.waiting:
            return False
        self.trouble = None
        self.spill.unlink(missing_ok=True)
        return True

    def _reopen(self) -> None:
        """A script may have closed our descriptor, or the folder came back after an unmount."""
        try:
            os.fstat(self.descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                self.descriptor = open_append(self.path)

    def close(self) -> None:
        """Write what waits, if the disk lets us, and close."""
        self.retry()
        with contextlib.suppress(OSError):
            os.close(self.descriptor)


def absorb_spill(folder: Path, file: str) -> None:
    """Bring the lines that a dead process left in a spill file into the journal.

    Raises:
        OSError: the disk still does not take them; they stay where they are.
    """
    spill = spill_dir(folder) / file
    if not spill.exists():
        return
    target = folder / file
    known = set(target.read_bytes().split(b"\n")) if target.exists() else set()
    missing = [line for line in spill.read_bytes().split(b"\n") if line and line not in known]
    with target.open("ab") as out:
        # The leading newline ends a torn line.
        out.write(b"\n" + b"".join(line + b"\n" for line in missing))
        out.flush()
        os.fsync(out.fileno())
    spill.unlink()


def open_append(path: Path) -> int:
    """A descriptor for appending, not inherited by child processes."""
    low = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
    try:
        high = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, _FIRST_DESCRIPTOR)
    except OSError:
        return low
    os.close(low)
    return high
