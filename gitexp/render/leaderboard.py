"""The README.md of a branch of published runs: the best first, a table for each group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitexp.render import facts, markdown, text
from gitexp.render.templates import render
from gitexp.schema.listing import DURATION, METRIC, NAME, STATUS, TIME, Column, Listing
from gitexp.schema.metrics import HIGHER, LOWER
from gitexp.schema.run import FINISHED
from gitexp.schema.tree import number

ENERGY = "hardware.energy_wh"
_ARROWS = {LOWER: " ↓", HIGHER: " ↑"}
_RIGHT = (METRIC, DURATION)


@dataclass(frozen=True, slots=True)
class Board:
    """One group of runs."""

    title: str
    listing: Listing
    plot: str | None  # path of its picture
    metric: str | None  # what the runs are ranked by
    left_out: int = 0  # runs that have a folder, but no row


def index_readme(
    boards: Sequence[Board],
    folders: Mapping[str, str],
    *,
    title: str,
    energy_wh: float | None,
    runs: int,
) -> str:
    """Markdown as GitHub renders it.

    Args:
        boards: the groups, in order.
        folders: run → its folder in the branch.
        title: of the page.
        energy_wh: of all runs together, as far as it is known.
        runs: how many there are.
    """
    return render(
        "index_readme.md.j2",
        {
            "title": title,
            "total": text.plural(runs, "run"),
            "energy": text.energy(energy_wh) if energy_wh else "",
            "boards": [
                {
                    "title": board.title,
                    "metric": board.metric,
                    "plot": board.plot,
                    "table": _table(board.listing, folders),
                    "more": text.plural(board.left_out, "more run") if board.left_out else "",
                }
                for board in boards
            ],
        },
    )


def _table(listing: Listing, folders: Mapping[str, str]) -> str:
    align = "".join("r" if column.kind in _RIGHT else "l" for column in listing.columns)
    head = [
        markdown.cell("energy" if c.key == ENERGY else c.title) + _ARROWS.get(c.goal or "", "")
        for c in listing.columns
    ]
    best = _best(listing)
    rows = []
    for r, row in enumerate(listing.rows):
        cells = [
            _cell(value, column, folders)
            for value, column in zip(row, listing.columns, strict=True)
        ]
        rows.append([f"**{cell}**" if (r, c) in best else cell for c, cell in enumerate(cells)])
    return markdown.table(head, rows, align)


def _cell(value: Any, column: Column, folders: Mapping[str, str]) -> str:
    if value is None or value == []:
        return ""
    if column.kind == NAME:
        name = str(value)
        return f"[{markdown.cell(name)}]({markdown.path(folders[name])})"
    if column.kind == STATUS:
        status = str(value)
        return facts.sign(status) if status == FINISHED else f"{facts.sign(status)} {status}"
    if column.key == ENERGY:
        return text.energy(value)
    if column.kind == DURATION:
        return text.duration(value)
    if column.kind == TIME:
        return text.moment(value)
    if column.kind == METRIC and number(value) is not None:
        return text.number(value)
    if isinstance(value, list):
        return markdown.cell(", ".join(map(str, value)))
    return markdown.cell(text.value(value, 60))


def _best(listing: Listing) -> set[tuple[int, int]]:
    """Row and column of the best value of each metric, where there is something to compare."""
    found = set()
    for i, column in enumerate(listing.columns):
        values = {r: number(row[i]) for r, row in enumerate(listing.rows)}
        known = {r: v for r, v in values.items() if v is not None and v == v}
        if column.goal is not None and len(known) > 1:
            best = (min if column.goal == LOWER else max)(known.values())
            found |= {(r, i) for r, v in known.items() if v == best}
    return found
