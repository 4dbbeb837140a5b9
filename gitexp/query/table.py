"""Series as a table: a row for each run and step."""

from __future__ import annotations

from collections.abc import Sequence

from gitexp.query.runs import Found
from gitexp.schema.listing import DURATION, METRIC, TIME, VALUE, Column, Listing
from gitexp.schema.series import Series


def series_listing(
    found: Sequence[Found],
    series: Sequence[dict[str, Series]],
    limit: int | None,
    *,
    relative: bool,
) -> Listing:
    """The values of all keys at each step, missing ones None.

    Args:
        found: the runs; with more than one, the first column names them.
        series: of each run.
        limit: the last rows of each run; None: all.
        relative: times are since the run was created.
    """
    keys = list(dict.fromkeys(key for chosen in series for key in chosen))
    several = len(found) > 1
    columns = [Column("run", "run", VALUE)] if several else []
    kind = DURATION if relative else TIME
    columns += [Column("step", "step", VALUE), Column("time", "time", kind, rank=10**6)]
    for rank, key in enumerate(keys, 1):
        goal = next((m.goal for run in found if (m := run.run.metrics.get(key))), None)
        columns.append(Column(key, key, METRIC, goal, rank))
    rows: list[tuple[object, ...]] = []
    names: list[str] = []
    total = 0
    for run, chosen in zip(found, series, strict=True):
        table = _rows(chosen, keys, run.created_s if relative else 0.0)
        total += len(table)
        for row in table[-limit if limit else None :]:
            rows.append((run.name, *row) if several else row)
            names.append(run.name)
    return Listing(
        tuple(columns), tuple(rows), tuple(names), (None,) * len(rows), total,
        limited=len(rows) < total, what="row",
    )  # fmt: skip


def _rows(
    series: dict[str, Series], keys: Sequence[str], start_s: float
) -> list[tuple[object, ...]]:
    """(step, time, value of each key), by step."""
    rows: dict[int, list[object]] = {}
    for at, key in enumerate(keys, 2):
        points = series.get(key)
        if points is None:
            continue
        for step, time_s, value in zip(points.steps, points.times_s, points.values, strict=True):
            row = rows.get(step)
            if row is None:
                row = rows[step] = [step, time_s - start_s, *[None] * len(keys)]
            row[at] = value
    return [tuple(rows[step]) for step in sorted(rows)]
