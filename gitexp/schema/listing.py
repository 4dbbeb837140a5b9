"""A table of runs as plain data: `query.listing` builds it, renderers show it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# What a column holds, and so how its cells read.
NAME, STATUS, AGE, DURATION, TIME = "name", "status", "age", "duration", "time"
TAGS, METRIC, VALUE = "tags", "metric", "value"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the table; the lower its rank, the later it gives way on a narrow screen."""

    key: str  # as it is typed: `config.lr`, `val_loss`, `status`
    title: str
    kind: str
    goal: str | None = None  # of a metric
    rank: int = 0


@dataclass(frozen=True, slots=True)
class Listing:
    """Runs and what is shown of them."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]  # (runs, columns); None: the run has no such value
    names: tuple[str, ...]  # (runs,)
    malformed: tuple[str | None, ...]  # (runs,): why a run cannot be read
    total: int  # rows that there would be without a limit
    limited: bool = False  # there are more that fit than are shown
    what: str = "run"  # what a row is
