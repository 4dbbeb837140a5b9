"""Append whole lines to a file, one write(2) each, so that what was appended survives SIGKILL."""

from __future__ import annotations

import contextlib
import fcntl
import os
from functools import cached_property
from pathlib import Path

from gitexp.journal.folders import spill_dir

# Out of the way of scripts that close low descriptors or expect to get one.
FIRST_DESCRIPTOR = 200


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
        self.trouble: OSError | None = None
        self.waiting: list[bytes] = []
        self.torn = False  # the file ends in part of a line
        self.behind = False  # there is something to write before the next line
        self.descriptor = open_append(path)

    @cached_property
    def spill(self) -> Path:
        """Where lines go that the disk does not take."""
        return spill_dir(self.path.parent) / self.path.name

    def append(self, line: bytes) -> None:
        """Append one line, which ends with a newline."""
        if self.behind:
            self._hold(line)
            self.retry()
            return
        try:
            written = os.write(self.descriptor, line)
        except OSError as error:
            self.failed(line, error)
            return
        if written != len(line):
            self.cut_short(line, written)

    def failed(self, line: bytes, error: OSError) -> None:
        """A write that the caller made itself was refused: keep the line."""
        self.trouble = error
        self._hold(line)
        self.retry()

    def cut_short(self, line: bytes, written: int) -> None:
        """A write that the caller made itself was short: have the line whole once more."""
        self._hold(line)
        self._account(written)
        self.retry()

    def retry(self) -> bool:
        """Try to write what waits; True if nothing is left."""
        for _ in range(2):
            if not self.behind:
                return True
            start = b"\n" if self.torn else b""
            try:
                written = os.write(self.descriptor, start + b"".join(self.waiting))
            except OSError as error:
                self.trouble = error
                if not self._reopen():
                    return False
                continue
            if start and written:
                self.torn = False
                written -= 1
            self._account(written)
            if self.behind:
                return False
        return not self.behind

    def _hold(self, line: bytes) -> None:
        self.waiting.append(line)
        self.behind = True
        with contextlib.suppress(OSError):
            self.spill.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self.spill.open("ab", buffering=0) as file:
                file.write(line)

    def _account(self, written: int) -> None:
        """So many bytes of the waiting lines went out."""
        while self.waiting and written >= len(self.waiting[0]):
            written -= len(self.waiting.pop(0))
        if written:
            self.torn = True
            if written == len(self.waiting[0]) - 1:
                self.waiting.pop(0)  # only its newline is missing, and that comes next
        self.behind = bool(self.waiting) or self.torn
        if not self.behind:
            self.trouble = None
            self.spill.unlink(missing_ok=True)

    def _reopen(self) -> bool:
        """Open the file again if a script has closed our descriptor; True if that was it."""
        try:
            os.fstat(self.descriptor)
        except OSError:
            with contextlib.suppress(OSError):
                self.descriptor = open_append(self.path)
                return True
        return False

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
        high = fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, FIRST_DESCRIPTOR)
    except OSError:
        return low
    os.close(low)
    return high
