"""Bytes of a stream → lines of text, and the states of lines that are drawn over."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

# What no metric line reaches; the rest of such a line is dropped.
_LONGEST = 4096
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
# Cursor moves to the start of a line, or up: what comes next is another line, or a new state.
_MOVES = re.compile(r"\x1b\[\d*(?:[AFG]|[KJ])")
# Two processes print at once: "step 3 loss 0.30step 3 loss 0.35".
_GLUED = re.compile(
    r"(?<=\d)(?=\[?(?:epoch|step|iter|iteration|batch|rank)\b[\s:=#\[]{1,3}\d)", re.I
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line, or one state of a line that is drawn over and over."""

    text: str
    redrawn: bool  # it ended with a carriage return: another state follows in its place


class LineSplitter:
    """Splits one stream; half lines wait for their rest."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, chunk: bytes) -> Iterator[Line]:
        """Take in the next bytes; the lines that they complete."""
        text = self._held + self._decoder.decode(chunk)
        parts = re.split(r"(\r?\n|\r(?!\n|\Z))", text)
        self._held = parts.pop()
        if len(self._held) > 4 * _LONGEST:
            self._held = self._held[: 2 * _LONGEST]
        for part, end in zip(parts[::2], parts[1::2], strict=True):
            yield from _lines(part, redrawn=end == "\r")

    def rest(self) -> Iterator[Line]:
        """What came without a line end, once nothing more can come."""
        held, self._held = self._held.rstrip("\r"), ""
        yield from _lines(held, redrawn=False)


def _overwritten(part: str) -> list[str]:
    """The states of a line with backspaces: Keras goes back to its start, others into its middle,
    to write `3/40` into the bar."""
    states = [""]
    at = 0
    for back, text in re.findall(r"(\x08*)([^\x08]*)", part):
        at = max(0, at - len(back))
        before = states[-1]
        if at == 0 and before:
            states.append(text)
        else:
            states[-1] = before[:at] + text + before[at + len(text) :]
        at += len(text)
    return states


def _lines(part: str, *, redrawn: bool) -> Iterator[Line]:
    if "\x08" in part:
        *states, part = _overwritten(part)
        for state in states:
            yield from _lines(state, redrawn=True)
        redrawn = True
    if "\x1b" in part:
        part = _ESCAPES.sub("", _MOVES.sub(" ", part))
    for text in _GLUED.split(part[:_LONGEST].rstrip()):
        if text:
            yield Line(text, redrawn)
