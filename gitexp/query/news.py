"""Runs that are running elsewhere: how old what we know of them is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from gitexp.query.runs import Found, Runs
from gitexp.schema.listing import AGE, Column, Listing
from gitexp.schema.names import ref_of
from gitexp.schema.run import RUNNING


def with_news(runs: Runs, chosen: Sequence[Found], listing: Listing) -> Listing:
    """The table with a column on the age of the last news, where a run is running elsewhere.

    Args:
        runs: where they are from.
        chosen: the runs of the table, in its order.
        listing: the table.
    """
    at = next((i for i, c in enumerate(listing.columns) if c.key == "status"), None)
    if at is None:
        return listing
    away = [
        run.name
        for run, row in zip(chosen, listing.rows, strict=True)
        if row[at] == RUNNING and run.journal is None
    ]
    if not away:
        return listing
    ages = news_ages(runs, away)
    rows = zip(listing.rows, listing.names, strict=True)
    return replace(
        listing,
        columns=_insert(listing.columns, at + 1, Column("news", "news", AGE, rank=1)),
        rows=tuple(_insert(row, at + 1, ages.get(name)) for row, name in rows),
    )


def news_ages(runs: Runs, away: Sequence[str]) -> dict[str, float]:
    """Seconds since the newest commit of each of these runs, by name."""
    form = "--format=%(committerdate:unix) %(refname)"
    said = os.fsdecode(runs.repo.git("for-each-ref", form, *map(ref_of, away)))
    times = {ref: int(time) for time, ref in (line.split(" ", 1) for line in said.splitlines())}
    return {
        name: max(0.0, runs.now_s - times[ref_of(name)]) for name in away if ref_of(name) in times
    }


def _insert(cells: tuple[Any, ...], at: int, cell: Any) -> tuple[Any, ...]:
    return (*cells[:at], cell, *cells[at:])
