"""Curves as the browser asks for them: all of a run in few points, or a part of it in detail."""

from __future__ import annotations

import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from gitexp.query.app.curves import POINTS, Kind, run_curves
from gitexp.query.columns import metric_place, sample_place
from gitexp.query.runs import Found, Runs
from gitexp.query.series import read_pieces
from gitexp.render.app.packed import PackedCurve, join_curves, pack_curve
from gitexp.schema import names
from gitexp.schema.clock import from_iso
from gitexp.schema.series import Series
from gitexp.serve.columns import Columns, Points
from gitexp.store.runs import RunStore

FEWEST, MOST = 5, 100_000  # points that may be asked for
_OVERVIEW_BYTES = 64 * 1024 * 1024
_WHOLE_BYTES = 512 * 1024 * 1024

T = TypeVar("T")


class CurveCache:
    """What was read of runs that have ended, as far as it fits in memory; for many threads."""

    def __init__(self) -> None:
        self._overviews = _Recent[dict[str, PackedCurve]](_OVERVIEW_BYTES, _size)
        self._wholes = _Recent[Columns](_WHOLE_BYTES, lambda columns: columns.nbytes)

    def overview(self, everything: Runs, found: Found, kind: Kind) -> dict[str, PackedCurve]:
        """All curves of a run in POINTS points each; the index keeps them too."""
        return self._overviews.get(
            (found.oid, kind),
            lambda: run_curves(everything.repo, everything.index, found, kind, points=POINTS),
        )

    def whole(self, everything: Runs, found: Found, kind: Kind) -> Columns:
        """All points of a run."""
        return self._wholes.get((found.oid, kind), lambda: _read_whole(everything, found, kind))


def packed(
    columns: Columns,
    key: str,
    points: int = POINTS,
    first_step: float | None = None,
    last_step: float | None = None,
) -> PackedCurve | None:
    """One curve, or the part of it between two steps; None: there is no such key."""
    part = columns.points(key, first_step, last_step)
    if part is None:
        return None
    limit = min(max(points, FEWEST), MOST)
    return pack_curve(key, _series(part).downsample(limit), len(part.steps))


def join(curves: Iterable[tuple[str, PackedCurve | None]]) -> bytes:
    """The answer that holds those of the curves that there are."""
    return join_curves((run, curve) for run, curve in curves if curve is not None)


def _series(points: Points) -> Series:
    return Series(
        array("q", points.steps.tobytes()),
        array("d", points.times_s.tobytes()),
        array("d", points.values.tobytes()),
    )


def _read_whole(everything: Runs, found: Found, kind: Kind) -> Columns:
    metrics = kind == "metrics"
    place = metric_place if metrics else sample_place(from_iso(found.facts["created_at"]))
    columns = Columns(place)
    # Piece after piece: all of them at once may be larger than the memory.
    name = names.METRICS if metrics else names.HARDWARE
    for piece in read_pieces(RunStore(everything.repo), found, name):
        columns.feed(piece)
    return columns


def _size(curves: dict[str, PackedCurve]) -> int:
    return sum(
        200 + len(c.values) + len(c.times or b"") + (len(c.steps) if c.steps_type else 0)
        for c in curves.values()
    )


class _Recent(Generic[T]):
    """Values by key, those that were asked for lately, up to a number of bytes.

    What two threads want at once is read by one of them.
    """

    def __init__(self, limit_bytes: int, size: Callable[[T], int]) -> None:
        self._limit = limit_bytes
        self._size = size
        self._values: OrderedDict[object, tuple[T, int]] = OrderedDict()
        self._total = 0
        self._lock = threading.Lock()
        self._reading: dict[object, threading.Lock] = {}

    def get(self, key: object, read: Callable[[], T]) -> T:
        with self._lock:
            known = self._values.get(key)
            if known is not None:
                self._values.move_to_end(key)
                return known[0]
            gate = self._reading.setdefault(key, threading.Lock())
        with gate:
            with self._lock:
                known = self._values.get(key)
            if known is not None:
                return known[0]
            value = read()
            with self._lock:
                self._reading.pop(key, None)
                size = self._size(value)
                self._values[key] = (value, size)
                self._total += size
                # The newest stays, however large it is: a zoom asks for it again.
                while self._total > self._limit and len(self._values) > 1:
                    _, (_, freed) = self._values.popitem(last=False)
                    self._total -= freed
            return value
