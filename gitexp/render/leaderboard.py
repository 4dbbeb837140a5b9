"""The README.md of a branch of published runs: the best first, a table for each group."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from gitexp.render import facts, markdown, text
from gitexp.render.templates import render
from gitexp.schema.listing import DURATION, METRIC, NAME, STATUS, TAGS, TIME, Column, Listing
from gitexp.schema.metrics import HIGHER, LOWER
from gitexp.schema.run import FINISHED
from gitexp.schema.tree import number

ENERGY = "hardware.energy_wh"
SORTED_GROUPS = 20  # so many have pages with sorted tables, 12 for each or so
TABLES = "tables"  # folder of the pages with sorted tables
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
    place: int = 1  # among the groups, from 1

    def pages(self) -> dict[str, str]:
        """Column key → path of the page whose rows are in that column's order."""
        if len(self.listing.rows) < 2 or self.place > SORTED_GROUPS:
            return {}
        named = (column for column in self.listing.columns if column.kind != TAGS)
        return {
            column.key: f"{TABLES}/{self.place}-{place}-{_slug(column.title)}.md"
            for place, column in enumerate(named, 1)
        }


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
                    "table": _table(board.listing, folders, board.pages()),
                    "more": text.plural(board.left_out, "more run") if board.left_out else "",
                }
                for board in boards
            ],
        },
    )


def sorted_pages(board: Board, folders: Mapping[str, str]) -> dict[str, str]:
    """The table of a group in the order of each of its columns: path → Markdown.

    A Markdown table cannot be sorted where it is shown, so its heads lead to these.
    """
    pages = board.pages()
    found = {}
    for place, column in enumerate(board.listing.columns):
        path = pages.get(column.key)
        if path is None:
            continue
        order = _order(board.listing, place)
        rows = tuple(board.listing.rows[i] for i in order)
        listing = replace(
            board.listing,
            rows=rows,
            names=tuple(board.listing.names[i] for i in order),
        )
        up = {name: f"../{folder}" for name, folder in folders.items()}
        beside = {key: page.removeprefix(f"{TABLES}/") for key, page in pages.items()}
        title = "energy" if column.key == ENERGY else column.title
        found[path] = (
            f"## {markdown.text(board.title)}, by {markdown.text(title)}\n\n"
            f"[All groups](../README.md)\n\n{_table(listing, up, beside)}\n"
        )
    return found


def _order(listing: Listing, place: int) -> list[int]:
    """Places of the rows by one column: best, newest or least first; without a value last."""
    column = listing.columns[place]
    descending = column.goal == HIGHER or column.kind == TIME
    values = [row[place] for row in listing.rows]
    numbers = {i: n for i, value in enumerate(values) if (n := _finite(value)) is not None}
    known = sorted(numbers, key=lambda i: -numbers[i] if descending else numbers[i])
    texts = [i for i, value in enumerate(values) if i not in numbers and value not in (None, [])]
    texts.sort(key=lambda i: str(values[i]), reverse=descending)
    order = [*known, *texts]
    return [*order, *(i for i in range(len(values)) if i not in set(order))]


def _finite(value: object) -> float | None:
    """A number that has a place in an order."""
    found = None if isinstance(value, bool) else number(value)
    return found if found is not None and math.isfinite(found) else None


def _slug(title: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "_", title)[:60] or "column"


def _table(listing: Listing, folders: Mapping[str, str], pages: Mapping[str, str]) -> str:
    align = "".join("r" if column.kind in _RIGHT else "l" for column in listing.columns)
    head = []
    for c in listing.columns:
        words = markdown.cell("energy" if c.key == ENERGY else c.title)
        linked = f"[{words}]({markdown.path(pages[c.key])})" if c.key in pages else words
        head.append(linked + _ARROWS.get(c.goal or "", ""))
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
        folder = folders[name]
        up = "../" if folder.startswith("../") else ""
        return f"[{markdown.cell(name)}]({up}{markdown.path(folder)})"
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
