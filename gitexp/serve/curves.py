"""Curves as the browser asks for them: all of a run in few points, or a part of it in detail."""

from __future__ import annotations

import bisect
import functools
import math
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Generic, TypeVar

from gitexp.query.app.curves import POINTS, Kind, all_curves, run_curves
from gitexp.query.columns import metric_place, parse_lines, sample_place
from gitexp.query.runs import Found, Runs
from gitexp.render.app.packed import PackedCurve, join_curves, pack_curve, split_curves
from gitexp.schema import names
from gitexp.schema.clock import from_iso
from gitexp.schema.series import Series
from gitexp.serve.columns import Columns, Points
from gitexp.store.reader import ObjectReader
from gitexp.store.runs import RunStore

T = TypeVar("T")

FEWEST, MOST = 5, 100_000  # points that may be asked for
_OVERVIEW_BYTES = 256 * 1024 * 1024
_WHOLE_BYTES = 512 * 1024 * 1024
_LONG = 200_000  # points of a run that is read by itself, and kept whole for the zoom that follows
_FEW_PARTS = 24  # of a run's file are read for a zoom; of more, all: they are asked for again


class CurveCache:
    """What was read of runs that have ended, as far as it fits in memory; for many threads."""

    def __init__(self) -> None:
        self._overviews = _Recent[dict[str, PackedCurve]](_OVERVIEW_BYTES, _size)
        self._columns = _Recent[Columns](_WHOLE_BYTES, lambda columns: columns.nbytes)
        self._batch = threading.Lock()

    def overviews(
        self, everything: Runs, chosen: Iterable[Found], kind: Kind
    ) -> Iterator[tuple[Found, dict[str, PackedCurve]]]:
        """All curves of committed runs in POINTS points each; the index keeps them, too."""
        runs = list(chosen)
        # One page asks for many metrics of the same runs at once: the first one reads for all.
        with self._batch:
            unknown = [
                found
                for found in runs
                if not _is_long(found) and self._overviews.known((found.oid, kind)) is None
            ]
            read = all_curves(everything.repo, everything.index, unknown, kind, points=POINTS)
            fresh = {found.oid: curves for found, curves in read}
            for oid, curves in fresh.items():
                self._overviews.put((oid, kind), curves)
        for found in runs:
            curves = fresh.get(found.oid) or self._overviews.get(
                (found.oid, kind), functools.partial(self._read_overview, everything, found, kind)
            )
            yield found, curves

    def part(
        self,
        everything: Runs,
        found: Found,
        kind: Kind,
        first_step: float | None,
        last_step: float | None,
    ) -> Columns:
        """Columns that hold the points between two steps, and perhaps others."""
        whole = self._columns.known((found.oid, kind))
        if whole is not None or kind == "hardware":  # seconds, of which there are not many
            return whole or self.whole(everything, found, kind)
        parts = _parts(everything, found, kind)
        with ObjectReader(everything.repo) as reader:
            start = _first_after(reader, parts, first_step, 0) if first_step is not None else 0
            stop = len(parts)
            if last_step is not None:
                stop = _first_after(reader, parts, last_step, start) + 2
        # A part more on each side: it has the point beyond the edge.
        span = range(max(0, start - 2), min(stop, len(parts)))
        if len(span) > _FEW_PARTS or len(span) == len(parts):
            return self.whole(everything, found, kind)
        for key in self._columns.keys():  # noqa: SIM118
            match key:
                # An earlier zoom may have read more than this one needs.
                case (found.oid, _, range(start=a, stop=b)) if a <= span.start and span.stop <= b:
                    span = range(a, b)
        return self._columns.get(
            (found.oid, kind, span),
            lambda: _read_columns(everything, found, kind, parts[span.start : span.stop]),
        )

    def whole(self, everything: Runs, found: Found, kind: Kind) -> Columns:
        """All points of a run."""
        return self._columns.get(
            (found.oid, kind),
            lambda: _read_columns(everything, found, kind, _parts(everything, found, kind)),
        )

    def _read_overview(self, everything: Runs, found: Found, kind: Kind) -> dict[str, PackedCurve]:
        if not _is_long(found) or found.oid is None:
            return run_curves(everything.repo, everything.index, found, kind, points=POINTS)
        name = f"long curves/{kind}/{POINTS}"
        kept = everything.index.derived(found.oid, name)
        if kept is not None:
            return {curve.key: curve for _, curve in split_curves(kept)}
        columns = self.whole(everything, found, kind)
        every = ((key, packed(columns, key)) for key in columns.keys())  # noqa: SIM118
        curves = {key: curve for key, curve in every if curve is not None}
        content = join_curves(("", curve) for curve in curves.values())
        everything.index.keep(found.oid, name, content)
        return curves


def _is_long(found: Found) -> bool:
    metrics = found.facts.get("metrics") or {}
    points: int = sum(metric.get("count", 0) for metric in metrics.values())
    return points > _LONG


def packed(
    columns: Columns,
    key: str,
    points: int = POINTS,
    first_step: float | None = None,
    last_step: float | None = None,
) -> PackedCurve | None:
    """One curve, or the part of it between two steps; None: there is no such key."""
    limit = min(max(points, FEWEST), MOST)
    part = columns.points(key, first_step, last_step, limit=limit)
    return None if part is None else pack_curve(key, _series(part), part.among)


def join(curves: Iterable[tuple[str, PackedCurve | None]]) -> bytes:
    """The answer that holds those of the curves that there are."""
    return join_curves((run, curve) for run, curve in curves if curve is not None)


def _series(points: Points) -> Series:
    return Series(
        array("q", points.steps.tobytes()),
        array("d", points.times_s.tobytes()),
        array("d", points.values.tobytes()),
    )


def _parts(everything: Runs, found: Found, kind: Kind) -> list[str]:
    """The oids of the parts of a run's file, in order."""
    name = names.METRICS if kind == "metrics" else names.HARDWARE
    entries = RunStore(everything.repo).top_entries(found.oid or "")
    numbered = ((names.part_number(name, file), oid) for file, (_, oid) in entries.items())
    return [oid for _, oid in sorted((n, oid) for n, oid in numbered if n is not None)]


def _read_columns(everything: Runs, found: Found, kind: Kind, parts: Sequence[str]) -> Columns:
    created_s = from_iso(found.facts["created_at"])
    columns = Columns(metric_place if kind == "metrics" else sample_place(created_s))
    # Part after part: all of them at once may be larger than the memory.
    with ObjectReader(everything.repo) as reader:
        for oid in parts:
            blob = reader.read(oid)
            if blob is not None:
                columns.feed(blob[1])
    return columns


def _first_after(reader: ObjectReader, parts: Sequence[str], step: float, start: int) -> int:
    """The first of the parts, from one on, that begins after a step."""
    return bisect.bisect_right(
        range(len(parts)), step, lo=start, key=lambda at: _first_step(reader, parts[at])
    )


def _first_step(reader: ObjectReader, part: str) -> float:
    blob = reader.read(part)
    rows = parse_lines(blob[1].partition(b"\n")[0]) if blob is not None else []
    place = metric_place(rows[0]) if rows else None
    return math.inf if place is None else place[0]


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

    def known(self, key: object) -> T | None:
        """The value, if it is here."""
        with self._lock:
            found = self._values.get(key)
            return None if found is None else found[0]

    def keys(self) -> list[object]:
        """What is here."""
        with self._lock:
            return list(self._values)

    def put(self, key: object, value: T) -> None:
        """Keep a value, and let go of those that were not asked for lately."""
        size = self._size(value)
        with self._lock:
            if key in self._values:
                return
            self._values[key] = (value, size)
            self._total += size
            # The newest stays, however large it is: a zoom asks for it again.
            while self._total > self._limit and len(self._values) > 1:
                _, (_, freed) = self._values.popitem(last=False)
                self._total -= freed

    def get(self, key: object, read: Callable[[], T]) -> T:
        """The value, which is read if it is not here."""
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
            self.put(key, value)
            with self._lock:
                self._reading.pop(key, None)
            return value
