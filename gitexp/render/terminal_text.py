"""Text in a terminal's cells: how wide it is, cut and padded to fit, painted, in columns."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from gitexp.render.text import plain

_STYLES = {
    "bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "blue": "34",
    "magenta": "35", "cyan": "36",
}  # fmt: skip
GAP = "  "

_SGR = re.compile(r"(\x1b\[[\d;:]*m)")


class Cell(NamedTuple):
    """One line of text that a program wrote or `text.one_line` made harmless, and its style."""

    text: str
    style: str = ""  # words of _STYLES: "bold green"
    right: bool = False  # numbers stand on the right


class Paint:
    """Wraps text in colours, or leaves it as it is."""

    def __init__(self, colour: bool) -> None:
        self.colour = colour

    def __call__(self, text: str, style: str) -> str:
        """The text in a style such as `bold green`."""
        if not self.colour or not style or not text:
            return text
        codes = ";".join(_STYLES[word] for word in style.split())
        return f"\x1b[{codes}m{text}\x1b[0m"


def cells(text: str) -> int:
    """How many columns of the terminal a text takes."""
    if text.isascii():
        return len(text)
    return sum(map(_cells_of, text))


def fit(text: str, limit: int) -> str:
    """At most `limit` columns of a text, an ellipsis where something was cut."""
    if cells(text) <= limit:
        return text
    used, kept = 0, []
    for c in text:
        used += _cells_of(c)
        if used > limit - 1:
            break
        kept.append(c)
    return "".join(kept) + "…" if limit > 0 else ""


def pad(text: str, width: int, *, right: bool = False) -> str:
    """The text with spaces up to a width; `right`: in front of it."""
    spaces = " " * (width - cells(text))
    return spaces + text if right else text + spaces


def columns(rows: Sequence[Sequence[Cell]], paint: Paint, *, indent: str = "") -> list[str]:
    """Rows of equal length as aligned lines without trailing spaces."""
    if not rows:
        return []
    widths = [max(cells(row[i].text) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        last = max((i for i, cell in enumerate(row) if cell.text), default=-1)
        parts = []
        for i, cell in enumerate(row[: last + 1]):
            # Painted without the padding, so that no underline runs on.
            text, spaces = paint(cell.text, cell.style), " " * (widths[i] - cells(cell.text))
            parts.append(spaces + text if cell.right else text if i == last else text + spaces)
        lines.append((indent + GAP.join(parts)).rstrip())
    return lines


def wrapped(text: str, width: int, *, indent: str = "", limit: int = 1000) -> list[str]:
    """Lines of running text, broken at spaces; at most `limit` of them."""
    import textwrap

    lines: list[str] = []
    for line in text.split("\n"):
        room = max(20, width - cells(indent))
        broken = textwrap.wrap(line.expandtabs(4), room, break_on_hyphens=False) or [""]
        lines += [(indent + part).rstrip() for part in broken]
        if len(lines) > limit:
            return [*lines[:limit], f"{indent}…"]
    return lines


def harmless(output: str, *, colour: bool) -> str:
    """What a program printed: its colours (or none), and nothing else that moves a terminal."""
    parts = _SGR.split(output.replace("\r\n", "\n"))
    if not colour:
        return "".join(map(plain, parts[::2]))
    kept = (part if i % 2 else plain(part) for i, part in enumerate(parts))
    return "".join(kept) + ("\x1b[0m" if len(parts) > 1 else "")


def joined(words: Iterable[str], separator: str = " · ") -> str:
    """The words that are not empty."""
    return separator.join(word for word in words if word)


@functools.lru_cache(4096)
def _cells_of(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
