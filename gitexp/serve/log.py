"""What a running run prints, folded as a terminal shows it, in lines with their numbers."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from typing import Any, NamedTuple

from gitexp.query.app.files import LINES, shown_line
from gitexp.schema.terminal import OutputFold, fold_output

_BEGIN_BYTES = 1024 * 1024  # of the end of a log are folded at first
_READ_BYTES = 1024 * 1024
_KEPT_LINES = 10_000


class LogNews(NamedTuple):
    """Lines that are new, or that were drawn anew."""

    first_line: int  # number of the first of them; all from there on are replaced by these
    text: str
    replaces: bool  # whether there were lines from there on


class LiveLog:
    """A log that grows. Lines are numbered from 0; the last ones may still be redrawn."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._fold = OutputFold()
        self._final: deque[str] = deque(maxlen=_KEPT_LINES)
        self._finals = 0  # number of the first line that may still change
        self._partial = ""  # what is final of that line
        self._rest: list[str] = []
        self._at = 0
        self._begin()

    def update(self) -> LogNews | None:
        """Read what was printed; what is new, if anything is."""
        if self._descriptor is None:
            self._begin()
        if self._descriptor is None or os.fstat(self._descriptor).st_size <= self._at:
            return None
        first, before = self._finals, self._rest
        added: list[str] = []
        while chunk := os.pread(self._descriptor, _READ_BYTES, self._at):
            self._at += len(chunk)
            *final, self._partial = (self._partial + self._fold.feed(chunk)).split("\n")
            added += final
            self._final.extend(final)
        self._finals += len(added)
        self._rest = _lines(self._partial + self._fold.rest())
        now = [*added, *self._rest]
        same = 0
        while same < len(before) and same < len(now) and before[same] == now[same]:
            same += 1
        if same == len(before) == len(now):
            return None
        new = now[same:]
        if len(new) > LINES:  # nobody reads them all: the page asks for what it shows
            same, new = len(now) - LINES, now[-LINES:]
        return LogNews(first + same, _text(new), same < len(before))

    def document(self, before: int | None = None, lines: int = LINES) -> dict[str, Any]:
        """The resource `output/RUN`, as `query.app.files.output_document` gives it.

        Args:
            before: the lines in front of this one; None: the last ones.
            lines: how many at most.
        """
        total = self._finals + len(self._rest)
        stop = total if before is None else max(0, min(before, total))
        start = max(0, stop - lines)
        kept = self._finals - len(self._final)
        if start < kept:
            stop = min(stop, max(kept, start + 1))
            shown = self._early(start, stop)
        else:
            shown = [*self._final, *self._rest][start - kept : stop - kept]
        return {"text": _text(shown), "first_line": start, "lines": total}

    def close(self) -> None:
        """Close the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _begin(self) -> None:
        try:
            self._descriptor = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return
        size = os.fstat(self._descriptor).st_size
        start = max(0, size - _BEGIN_BYTES)
        skipped = 0
        while self._at < start:
            chunk = os.pread(self._descriptor, min(_READ_BYTES, start - self._at), self._at)
            if not chunk:
                break
            skipped += chunk.count(b"\n")
            self._at += len(chunk)
        if start:  # the line that we are in the middle of counts to what is skipped
            chunk = os.pread(self._descriptor, _READ_BYTES, self._at)
            end = chunk.find(b"\n") + 1
            if end:
                self._at += end
                skipped += 1
        self._finals = skipped
        self.update()

    def _early(self, start: int, stop: int) -> list[str]:
        """Lines that are not kept any more, read once more: a line ends where the file has \\n."""
        assert self._descriptor is not None
        at = number = 0
        begin = end = None
        while end is None and (chunk := os.pread(self._descriptor, _READ_BYTES, at)):
            count = chunk.count(b"\n")
            if begin is None and number + count >= start:
                begin = at + _after_lines(chunk, start - number)
            if number + count >= stop:
                end = at + _after_lines(chunk, stop - number)
            number += count
            at += len(chunk)
        if begin is None:
            return []
        raw = os.pread(self._descriptor, (at if end is None else end) - begin, begin)
        return _lines(fold_output(raw))


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if not lines[-1] else lines


def _text(lines: list[str]) -> str:
    return "".join(f"{shown_line(line)}\n" for line in lines)


def _after_lines(chunk: bytes, lines: int) -> int:
    """Where in a chunk the first so many lines have ended."""
    at = 0
    for _ in range(lines):
        at = chunk.index(b"\n", at) + 1
    return at
