"""Curves of many runs as one packed answer: docs/front-end.md says what it looks like."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from gitexp.index.cache import RunIndex
from gitexp.query.runs import Found, Runs
from gitexp.query.series import read_hardware, read_series
from gitexp.render.app.packed import PackedCurve, join_curves, pack_curve, split_curves
from gitexp.schema.series import Series
from gitexp.store.reader import ObjectReader
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

Kind = Literal["metrics", "hardware"]
POINTS = 1_000  # of a curve, where nothing else is asked for
_KEPT_FROM = 2_000  # points of a run; fewer are read faster than they are looked up
_WRITTEN = 200  # runs at a time


def series_packed(
    everything: Runs,
    metric: str,
    names: Iterable[str] | None = None,
    *,
    points: int = POINTS,
    step_from: int | None = None,
    step_to: int | None = None,
) -> bytes:
    """The resource `series/METRIC`: one metric of some runs.

    Args:
        everything: the repository's runs.
        metric: its name.
        names: of runs; None: all. Those that do not exist or have no such metric are left out.
        points: most of each curve, >= 5; each slice's smallest and largest value are among them.
        step_from: the first step of the part that is asked for; None: from the beginning.
        step_to: its last step; None: to the end. One point on either side of the part is among
            the points, so that the line goes on to the edge.
    """
    chosen = everything.all if names is None else _named(everything, names)
    curves: list[tuple[str, PackedCurve]] = []
    for found in chosen:
        if found.error is not None or metric not in found.facts.get("metrics", {}):
            continue
        if step_from is None and step_to is None:
            curve = run_curves(everything.repo, everything.index, found, points=points).get(metric)
        else:
            series = read_series(everything.repo, found, [metric]).get(metric)
            curve = None if series is None else _part(metric, series, step_from, step_to, points)
        if curve is not None:
            curves.append((found.name, curve))
    return join_curves(curves)


def hardware_packed(everything: Runs, name: str, *, points: int = POINTS) -> bytes:
    """The resource `hardware/RUN`: all hardware figures, steps are seconds since its start."""
    found = everything.get(name)
    if found is None or found.error is not None:
        return join_curves(())
    curves = run_curves(everything.repo, everything.index, found, "hardware", points=points)
    return join_curves((name, curve) for curve in curves.values())


def run_curves(
    repo: Repository,
    index: RunIndex | None,
    found: Found,
    kind: Kind = "metrics",
    *,
    points: int = POINTS,
    store: RunStore | None = None,
) -> dict[str, PackedCurve]:
    """All curves of a run, downsampled and packed, by key; kept in the index.

    Args:
        repo: where.
        index: keeps them, if given; a running run's are worked out each time.
        found: the run.
        kind: its metrics or its hardware trace.
        points: most of each, >= 5.
        store: reads the files; None: a new one, with a git process of its own.
    """
    ((_, curves),) = all_curves(repo, index, [found], kind, points=points, store=store)
    return curves


def all_curves(
    repo: Repository,
    index: RunIndex | None,
    chosen: Sequence[Found],
    kind: Kind = "metrics",
    *,
    points: int = POINTS,
    thrifty: bool = False,
    store: RunStore | None = None,
) -> Iterator[tuple[Found, dict[str, PackedCurve]]]:
    """The curves of many runs, one run after the other; what is not kept yet is.

    Args:
        repo: where.
        index: keeps them, if given.
        chosen: the runs, none malformed.
        kind: their metrics or their hardware traces.
        points: most of each curve, >= 5.
        thrifty: as for `pack_curve`.
        store: reads the files.
    """
    key = f"app curves/{kind}/{points}{'/thrifty' if thrifty else ''}"
    new: dict[str, bytes] = {}
    with ObjectReader(repo) as reader:
        store = store or RunStore(repo, reader)
        for found in chosen:
            oid = found.oid if found.journal is None and index is not None else None
            kept = None if oid is None or index is None else index.derived(oid, key)
            if kept is not None:
                yield found, {curve.key: curve for _, curve in split_curves(kept)}
                continue
            read = read_series if kind == "metrics" else read_hardware
            series = read(repo, found, store=store)
            curves = {
                k: pack_curve(k, s.downsample(points), len(s), thrifty=thrifty)
                for k, s in series.items()
            }
            if oid is not None and sum(map(len, series.values())) > _KEPT_FROM:
                new[oid] = join_curves(("", curve) for curve in curves.values())
            yield found, curves
            if index is not None and len(new) >= _WRITTEN:
                index.keep_all(key, new)
                new = {}
    if index is not None and new:
        index.keep_all(key, new)


def _named(everything: Runs, names: Iterable[str]) -> Iterator[Found]:
    return (found for name in names if (found := everything.get(name)) is not None)


def _part(
    key: str, series: Series, step_from: int | None, step_to: int | None, points: int
) -> PackedCurve:
    from bisect import bisect_left, bisect_right

    n = len(series)
    start = 0 if step_from is None else max(0, bisect_left(series.steps, step_from) - 1)
    stop = n if step_to is None else min(n, bisect_right(series.steps, step_to) + 1)
    part = Series(series.steps[start:stop], series.times_s[start:stop], series.values[start:stop])
    return pack_curve(key, part.downsample(points), len(part))
