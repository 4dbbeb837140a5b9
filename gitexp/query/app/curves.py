"""Curves of runs, downsampled and packed as the app gets them, and kept in the index."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from gitexp.index.cache import RunIndex
from gitexp.query.runs import Found
from gitexp.query.series import read_hardware, read_series
from gitexp.render.app.packed import PackedCurve, join_curves, pack_curve, split_curves
from gitexp.store.reader import ObjectReader
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

Kind = Literal["metrics", "hardware"]
POINTS = 1_000  # of a curve, where nothing else is asked for
_KEPT_FROM = 2_000  # points of a run; fewer are read faster than they are looked up
_WRITTEN = 200  # runs at a time


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
