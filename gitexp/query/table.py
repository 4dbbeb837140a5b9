"""Series of several runs, chosen by their keys and laid out as a table or along an axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence

from gitexp.errors import UsageError
from gitexp.query.runs import Found
from gitexp.query.series import read_hardware, read_series, wanted
from gitexp.schema.listing import DURATION, METRIC, TIME, VALUE, Column, Listing
from gitexp.schema.series import Series
from gitexp.store.repository import Repository


def choose_series(
    repo: Repository, found: Sequence[Found], keys: Sequence[str]
) -> list[dict[str, Series]]:
    """The series of several runs that names or globs mean: metrics, else hardware figures.

    Args:
        repo: where.
        found: the runs.
        keys: none of them: all metrics.

    Returns:
        For each run its series by key, in the order of `keys`.

    Raises:
        UsageError: a key means nothing in any of the runs.
    """
    metrics = [read_series(repo, run) for run in found]
    if not keys:
        return metrics
    hardware = [{} for _ in found] if all(_any(key, metrics) for key in keys) else [
        read_hardware(repo, run) for run in found
    ]  # fmt: skip
    chosen: list[dict[str, Series]] = [{} for _ in found]
    for key in keys:
        source = metrics if _any(key, metrics) else hardware
        if not _any(key, source):
            raise _no_such_key(key, found, [*metrics, *hardware])
        for into, series in zip(chosen, source, strict=True):
            into.update({name: s for name, s in series.items() if wanted(name, [key])})
    return chosen


def along(series: Mapping[str, Series], key: str, x: str, created_s: float) -> list[float]:
    """What a plot has as x for each point of a series: its step, time, or another metric.

    Args:
        series: all series of the run.
        key: whose points.
        x: `step`, `time`, `relative` (seconds since `created_s`), or a metric's key; a point
            takes that metric's newest value, NaN before there is one.
        created_s: when the run began.

    Raises:
        UsageError: the run has no such metric.
    """
    points = series[key]
    if x == "step":
        return [float(step) for step in points.steps]
    if x == "time":
        return points.times_s.tolist()
    if x == "relative":
        return [time_s - created_s for time_s in points.times_s]
    if x not in series:
        raise UsageError(f"--x: there is no metric {x!r}", "--x takes step, time, relative or KEY")
    other = series[x]
    at, found = 0, []
    for step in points.steps:
        while at < len(other) and other.steps[at] <= step:
            at += 1
        found.append(other.values[at - 1] if at else math.nan)
    return found


def _any(key: str, series: Iterable[Mapping[str, Series]]) -> bool:
    return any(wanted(name, [key]) for known in series for name in known)


def _no_such_key(
    key: str, found: Sequence[Found], series: Iterable[Mapping[str, Series]]
) -> UsageError:
    import difflib

    near = difflib.get_close_matches(key, dict.fromkeys(k for known in series for k in known), 3)
    who = f"{found[0].name} has no" if len(found) == 1 else "none of these runs has a"
    return UsageError(
        f"{who} metric {key!r}",
        f"did you mean {' or '.join(near)}?" if near else "`gitexp show RUN` lists its metrics",
    )


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
