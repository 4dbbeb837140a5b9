"""The rows of a run as wandb's Api gives them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from gitexp.query.runs import Found
from gitexp.query.series import each_row, read_hardware
from gitexp.record.guard import warn
from gitexp.schema.clock import from_iso
from gitexp.store.repository import Repository
from gitexp.wandb.public import fields
from gitexp.wandb.shapes import Shapes

_OWN = ("_step", "_runtime", "_timestamp")
_HELD = 20  # times as many rows as are wanted


def rows_of(
    repo: Repository,
    found: Found,
    keys: Sequence[str] | None = None,
    *,
    min_step: int | None = None,
    max_step: int | None = None,
) -> Iterator[dict[str, Any]]:
    """Rows with `_step`, `_runtime` (seconds) and `_timestamp` (since the epoch).

    Args:
        repo: where.
        found: the run.
        keys: only these, and only rows that have all of them; None: everything.
        min_step: rows before it are left out.
        max_step: rows from it on are left out.
    """
    began = from_iso(found.facts["created_at"])
    wanted = None if keys is None else [keys] if isinstance(keys, str) else list(keys)
    shapes = Shapes(fields.id_of(found.facts))
    for row in each_row(repo, found):
        step = row["_step"]
        if step < (min_step or 0) or (max_step is not None and step >= max_step):
            continue
        at = row.pop("_time", began)
        row["_timestamp"], row["_runtime"] = at, at - began
        names = row if wanted is None else wanted
        if all(key in row for key in names):
            yield {key: shapes.shown(row[key], key, step) for key in names}


class HistoryScan(Iterator[dict[str, Any]]):
    """Rows, one after the other; `iter()` begins anew.

    Args:
        rows: gives them from the first one on.
        max_step: the step before which they end; None: with the newest one.
    """

    def __init__(self, rows: Callable[[], Iterator[dict[str, Any]]], max_step: int | None) -> None:
        self._rows = rows
        self._now = rows()
        self.max_step = max_step

    def __iter__(self) -> HistoryScan:
        self._now = self._rows()
        return self

    def __next__(self) -> dict[str, Any]:
        return next(self._now)


def sampled(rows: Iterable[dict[str, Any]], limit: int) -> list[dict[str, Any]]:
    """At most so many rows, evenly chosen, the first and the last among them."""
    if limit < 2:
        return list(rows)
    # Every `gap`-th row is held, more of them than are wanted: a long run's do not fit in memory.
    held: list[dict[str, Any]] = []
    last, gap = None, 1
    for at, row in enumerate(rows):
        last = row
        if at % gap == 0:
            held.append(row)
        if len(held) > _HELD * limit:
            del held[1::2]
            gap *= 2
    if held and held[-1] is not last and last is not None:
        held.append(last)
    if len(held) <= limit:
        return held
    apart = (len(held) - 1) / (limit - 1)
    return [held[round(i * apart)] for i in range(limit)]


def system_rows(repo: Repository, found: Found) -> list[dict[str, Any]]:
    """The hardware trace: a row for each second that has samples, keys `system.cpu…`."""
    rows: dict[int, dict[str, Any]] = {}
    for key, series in read_hardware(repo, found).items():
        for step, time_s, value in zip(series.steps, series.times_s, series.values, strict=True):
            row = rows.setdefault(step, {"_runtime": float(step), "_timestamp": time_s})
            row[f"system.{key}"] = value
    return [rows[step] for step in sorted(rows)]


def framed(rows: list[dict[str, Any]], wanted: bool) -> Any:
    """A pandas DataFrame of the rows, else the rows."""
    if not wanted:
        return rows
    try:
        import pandas as pd
    except ImportError:
        warn("history(): pandas is not installed, so it is a list of dicts", cause="pandas")
        return rows
    frame = pd.DataFrame.from_records(rows)
    first = [key for key in _OWN if key in frame.columns]
    return frame[first + [key for key in frame.columns if key not in first]]
