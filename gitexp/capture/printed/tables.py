"""Tables: a line of names, then lines of numbers; and boxes of `| name | number |` lines."""

from __future__ import annotations

import re

from gitexp.capture.printed.pairs import NUMBER, value_of
from gitexp.capture.printed.reading import (
    BARE,
    STEP,
    TABLE,
    Axis,
    Reading,
    axis_of,
    key_of,
)

_RULE = re.compile(r"^[\s|+\-=_─━┼╇┃│┏┓└┘├┤┬┴╭╮╰╯:*]*$")
_BARS = re.compile(r"\s*[|│┃]\s*")
_BRACKETED = re.compile(r"^\s*(?:\[[^\[\]]+\]\s*){2,}$")
_CELL = re.compile(r"^[\[(]?\s*(?P<cell>[^\s\[\]()]+(?:\s?(?:%|ms|s|m|it/s))?)\s*[\])]?$")
_BOX = re.compile(r"^\|\s?(?P<name>[^|]*?)\s*\|\s*(?P<value>[^|]*?)\s*\|$")
_BARE = re.compile(
    r"^\s*(?P<step>\d+)\s*[,:]?\s+(?P<value>-?\d+\.\d+(?:e[-+]?\d+)?|-?\d\.?\d*e[-+]?\d+)\s*$"
)
_LEFT_EMPTY = frozenset(("-", "--", "+", "*", "nan", "None", "", "✓"))


class Tables:
    """Follows the lines of one stream."""

    def __init__(self) -> None:
        self._header: list[str] = []
        self._box: Reading | None = None
        self._section = ""

    def take(self, text: str) -> tuple[bool, Reading | None]:
        """Take in a line.

        Returns:
            Whether the line belongs to a table, and what is read with it.
        """
        if _RULE.match(text):
            box, self._box = self._box, None
            return True, box if box and box.values else None
        if match := _BOX.match(text.strip()):
            self._boxed(match)
            return True, None
        box, self._box = self._box, None
        if box and box.values:
            return False, box
        cells = _cells(text)
        if self._header and (reading := self._row(text, cells)):
            return True, reading
        if match := _BARE.match(text):
            reading = Reading(BARE, {"value": float(match["value"])}, loose=True)
            reading.axes[STEP] = Axis(int(match["step"]))
            reading.decimals["value"] = _decimals(match["value"])
            return True, reading
        self._header = _header(cells)
        return False, None

    def rest(self) -> Reading | None:
        """A box that was not closed."""
        box, self._box = self._box, None
        return box if box and box.values else None

    def _boxed(self, match: re.Match[str]) -> None:
        """Stable-baselines3 and others: sections end with a slash."""
        if self._box is None:
            self._box, self._section = Reading(TABLE), ""
        name, value = match["name"], match["value"]
        if not value:
            self._section = name.strip() if name.strip().endswith("/") else ""
            return
        number = NUMBER.fullmatch(value)
        if number is None or number["total"]:
            return
        axis = axis_of(name)
        if axis and number["number"].isdigit():
            self._box.axes.setdefault(axis, Axis(int(number["number"])))
            if name.strip() == "total_timesteps":
                self._box.axes = {STEP: Axis(int(number["number"]))}
            return
        key = f"{self._section}{key_of(name.strip())}"
        self._box.values[key], self._box.decimals[key] = value_of(number)

    def _is_numbered(self, cells: list[str]) -> bool:
        """Whether rows have a number of their own before the first column, as data frames have.
        Without a counter among the columns, such a table is data, not a training."""
        return (
            len(cells) == len(self._header) + 1
            and cells[0].isdigit()
            and NUMBER.fullmatch(cells[-1]) is not None
            and any(axis_of(name) for name in self._header)
        )

    def _row(self, text: str, cells: list[str]) -> Reading | None:
        header = self._header
        by_spaces = text.replace("|", " ").split()
        if self._is_numbered(by_spaces):
            cells = by_spaces[1:]
        for found in (cells, by_spaces):
            if len(header) <= len(found) <= len(header) + 1:
                break
        else:
            return None
        reading = Reading(TABLE)
        numbers = 0
        for name, cell in zip(header, found, strict=False):
            bare = _CELL.match(cell)
            number = NUMBER.fullmatch(bare["cell"]) if bare else None
            if number is None:
                if cell.strip() in _LEFT_EMPTY:
                    continue
                return None
            numbers += 1
            axis = axis_of(name)
            if axis and number["number"].isdigit() and axis not in reading.axes:
                total = number["total"]
                reading.axes[axis] = Axis(int(number["number"]), int(total) if total else None)
            else:
                key = key_of(name)
                reading.values[key], reading.decimals[key] = value_of(number)
        extra = [cell for cell in found[len(header) :] if cell.strip() not in _LEFT_EMPTY]
        return reading if numbers >= 2 and reading.values and not extra else None


def _cells(text: str) -> list[str]:
    """The columns of a line: by bars, tabs, wide gaps, else by every space."""
    if _BRACKETED.match(text):
        return [part.strip() for part in re.findall(r"\[([^\]]*)\]", text)]
    if len(parts := _BARS.split(text.strip().strip("|│┃"))) > 1:
        return [part.strip() for part in parts]
    if len(parts := re.split(r"\t+|\s{2,}", text.strip())) > 1:
        return parts
    return text.split()


def _header(cells: list[str]) -> list[str]:
    """The cells, if a line of them can be a table's first."""
    if len(cells) < 2 or len(cells) > 40:
        return []
    named = all(
        len(cell) <= 30 and re.search(r"[^\W\d_]", cell) and not re.search(r"[:=]\s|[.!?:]$", cell)
        and not NUMBER.search(cell)
        for cell in cells
    )  # fmt: skip
    return cells if named and len(set(cells)) == len(cells) else []


def _decimals(text: str) -> int:
    digits, _, exponent = text.lower().partition("e")
    return len(digits.partition(".")[2]) - (int(exponent) if exponent else 0)
