"""`gitexp ls`: runs as a table that fits the terminal, or as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from gitexp.render import text
from gitexp.render.facts import sign
from gitexp.render.terminal_text import GAP, Cell, Paint, cells, columns, fit
from gitexp.schema.clock import to_iso
from gitexp.schema.listing import (
    AGE,
    DURATION,
    METRIC,
    NAME,
    STATUS,
    TAGS,
    TIME,
    Column,
    Listing,
)
from gitexp.schema.metrics import HIGHER, LOWER, json_number
from gitexp.schema.run import FAILED, FINISHED, INTERRUPTED, KILLED, RUNNING
from gitexp.schema.tree import number

ARROWS = {LOWER: "↓", HIGHER: "↑"}
STATUS_STYLES = {
    FINISHED: "green",
    RUNNING: "cyan",
    FAILED: "red",
    KILLED: "red",
    INTERRUPTED: "yellow",
}
_MALFORMED = "malformed"

_VALUE_CELLS = 28  # a longer config value or tag list is cut on a terminal
_TITLE_CELLS = 24
_RIGHT = (AGE, DURATION, METRIC)

# Cells that a spreadsheet would take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def runs_table(listing: Listing, *, width: int | None, colour: bool) -> str:
    """The runs as aligned columns.

    Args:
        listing: what to show.
        width: of the terminal in cells; columns of the highest rank are left out, and long
            values cut, until the table fits. None: everything is shown whole.
        colour: whether escape codes may be used.
    """
    table = _Table(listing, cut=width is not None)
    shown = table.fitting(width)
    paint = Paint(colour)
    lines = columns([[row[i] for i in shown] for row in table.rows], paint)
    for row, why in enumerate(listing.malformed):
        if why is not None:
            name = text.one_line(listing.names[row])
            words = f"! {_MALFORMED}: {text.one_line(why)}"
            room = cells(words) if width is None else width - cells(name) - len(GAP)
            lines[row + 1] = f"{paint(name, 'bold')}{GAP}{paint(fit(words, room), 'red')}"
    return "".join(f"{line}\n" for line in lines)


def table_cells(listing: Listing) -> list[list[Cell]]:
    """Head and rows of a table with nothing cut, for those who lay it out themselves."""
    return _Table(listing, cut=False).rows


def table_notes(listing: Listing, *, width: int | None) -> list[str]:
    """What a table leaves out, in words."""
    notes = []
    if listing.limited:
        shown = len(listing.rows)
        notes.append(f"{shown:,} of {text.plural(listing.total, listing.what)}; -n 0 shows all")
    table = _Table(listing, cut=width is not None)
    kept = table.fitting(width)
    hidden = [c.key for i, c in enumerate(listing.columns) if i not in kept]
    if hidden:
        named = ", ".join(hidden[:6]) + (", …" if len(hidden) > 6 else "")
        notes.append(
            f"{text.plural(len(hidden), 'column')} did not fit: {named}; --columns chooses"
        )
    return notes


def runs_csv(listing: Listing) -> str:
    """The runs as CSV (RFC 4180), numbers in full.

    A text that a spreadsheet would run as a formula gets an apostrophe in front; numbers never
    do. For bytes as they are there is `--json`.
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([safe_cell(column.key) for column in listing.columns])
    for row in listing.rows:
        writer.writerow([_csv_value(v, c.kind) for v, c in zip(row, listing.columns, strict=True)])
    return out.getvalue()


def safe_cell(value: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(_FORMULA) else value


def _csv_value(value: Any, kind: str) -> Any:
    if value is None:
        return ""
    if kind == TIME:
        return to_iso(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return json_number(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return safe_cell(",".join(value))
    return safe_cell(value if isinstance(value, str) else text.value(value, 10**6))


class _Table:
    """All cells of a listing, the head among them, and how wide each column is."""

    def __init__(self, listing: Listing, *, cut: bool) -> None:
        self.columns = listing.columns
        body = [
            [self._cell(value, c, cut) for value, c in zip(row, listing.columns, strict=True)]
            for row in listing.rows
        ]
        for row, i in _best(listing):
            body[row][i] = body[row][i]._replace(style="bold green")
        self.rows = [[self._head(c, i, body, cut) for i, c in enumerate(listing.columns)], *body]
        self.widths = [
            max(cells(row[i].text) for row in self.rows) for i in range(len(self.columns))
        ]

    def fitting(self, width: int | None) -> list[int]:
        """The columns to show, in order."""
        shown = list(range(len(self.columns)))
        by_rank = sorted(shown, key=lambda i: (self.columns[i].rank, i))
        while width is not None and len(shown) > 1 and self._width_of(shown) > width:
            shown.remove(by_rank.pop())
        return shown

    def _width_of(self, shown: Sequence[int]) -> int:
        return sum(self.widths[i] for i in shown) + len(GAP) * (len(shown) - 1)

    def _head(self, column: Column, i: int, body: Sequence[Sequence[Cell]], cut: bool) -> Cell:
        title = text.one_line(column.title)
        title = fit(title, _TITLE_CELLS) if cut else title
        arrow = ARROWS.get(column.goal or "")
        right = any(row[i].right for row in body if row[i].text)
        return Cell(f"{title} {arrow}" if arrow else title, "bold", right)

    def _cell(self, value: Any, column: Column, cut: bool) -> Cell:
        if value is None or value == []:
            return Cell("" if column.kind == TAGS else text.NONE, "dim", column.kind in _RIGHT)
        if column.kind == NAME:
            return Cell(text.one_line(str(value)), "bold")
        if column.kind == STATUS:
            status = text.one_line(str(value))
            return Cell(f"{sign(status)} {status}", STATUS_STYLES.get(status, ""))
        words = _words(value, column.kind)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        right = column.kind in _RIGHT or (is_number and column.kind not in (TIME,))
        return Cell(fit(words, _VALUE_CELLS) if cut else words, right=right)


def _best(listing: Listing) -> list[tuple[int, int]]:
    """Row and column of the best value of each metric, where there is something to compare."""
    found = []
    for i, column in enumerate(listing.columns):
        values = {row: number(line[i]) for row, line in enumerate(listing.rows)}
        known = {row: v for row, v in values.items() if v is not None and v == v}
        if column.goal is not None and len(known) > 1:
            best = min(known.values()) if column.goal == LOWER else max(known.values())
            found += [(row, i) for row, value in known.items() if value == best]
    return found


def _words(value: Any, kind: str) -> str:
    if kind == AGE:
        return text.age(value)
    if kind == DURATION:
        return text.duration(value)
    if kind == TIME:
        return text.moment(value)
    if kind == METRIC:
        return text.number(value) if number(value) is not None else text.value(value)
    if type(value) is int:
        return str(value)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return ", ".join(map(text.one_line, value))
    return text.value(value, 10**6)
