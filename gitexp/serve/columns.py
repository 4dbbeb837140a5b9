"""Whole series as arrays that grow with a file of JSON lines, of which each line is read once."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from gitexp.query.columns import Place, Row, metric_place, parse_lines
from gitexp.schema.series import kept_points
from gitexp.schema.tree import number


class Points(NamedTuple):
    """Points of one key, n of them, and where they stand in the whole."""

    first: int  # points of the whole before these
    total: int  # points of the whole
    among: int  # points that these were chosen from: n, or more if only the extremes are here
    steps: np.ndarray  # (n,) int64
    times_s: np.ndarray  # (n,) float64, since the epoch
    values: np.ndarray  # (n,) float64


class Columns:
    """The points of all keys of a growing file of JSON lines.

    Rows keep their step and time once, and each key its values and the rows that they are in. A
    value that comes again under the same step replaces the one before, as everywhere. Any thread
    may read while another one feeds.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._steps = _Growing(np.int64)
        self._times = _Growing(np.float64)
        self._columns: dict[str, _Column] = {}
        self._lock = threading.Lock()

    def feed(self, lines: bytes) -> None:
        """Take in whole lines; those that are no rows are left out."""
        rows = parse_lines(lines)
        placed = _simple_places(rows) if self._place is metric_place else None
        if placed is None:
            places = list(map(self._place, rows))
            rows = [row for row, at in zip(rows, places, strict=True) if at is not None]
            found = [at for at in places if at is not None]
            placed = (
                np.array([step for step, _ in found], np.int64),
                np.array([time_s for _, time_s in found], np.float64),
            )
        if not rows:
            return
        with self._lock:
            base = len(self._steps)
            self._steps.extend(placed[0])
            self._times.extend(placed[1])
            for key in dict.fromkeys(itertools.chain.from_iterable(rows)):
                if key != "_step" and key != "_time":
                    self._extend(key, base, rows)

    def keys(self) -> list[str]:
        """All keys that have a point, in the order in which they first came."""
        with self._lock:
            return list(self._columns)

    def points(
        self,
        key: str,
        first_step: float | None = None,
        last_step: float | None = None,
        *,
        limit: int | None = None,
    ) -> Points | None:
        """The points of a key, or those whose steps lie between two; None: there is no such key.

        Where the points are cut, one more on each side is given, so that a curve leaves the
        picture where it should.

        Args:
            key: the metric's or hardware figure's.
            first_step: the first step; None: from the beginning.
            last_step: the last step; None: to the end.
            limit: most points, >= 5, chosen as `Series.downsample` does; None: all.
        """
        with self._lock:
            column = self._columns.get(key)
            if column is None:
                return None
            start, stop = 0, len(column.rows)
            if first_step is not None or last_step is not None:
                steps = self._steps.view()
                if stop != len(steps):  # not every row has this key
                    steps = steps[column.rows.view()]
                if first_step is not None:
                    start = max(0, int(np.searchsorted(steps, first_step, "left")) - 1)
                if last_step is not None:
                    stop = min(stop, int(np.searchsorted(steps, last_step, "right")) + 1)
            return self._cut(column, start, max(start, stop), limit)

    def take_new(self, most: int) -> dict[str, Points]:
        """The points that came, or were replaced, since the last call.

        Args:
            most: of a key that has more new points than that only the newest are given; `first`
                tells of the gap.
        """
        with self._lock:
            new = {}
            for key, column in self._columns.items():
                n = len(column.rows)
                if column.taken < n:
                    new[key] = self._cut(column, max(column.taken, n - most), n)
                    column.taken = n
            return new

    def ends(self, keys: Iterable[str]) -> dict[str, Points]:
        """No point of each of these keys, where the next one will stand."""
        with self._lock:
            columns = {key: self._columns[key] for key in keys}
            return {k: self._cut(c, len(c.rows), len(c.rows)) for k, c in columns.items()}

    @property
    def nbytes(self) -> int:
        """Memory that the arrays take."""
        parts = [self._steps, self._times]
        for column in list(self._columns.values()):
            parts += [column.rows, column.values]
        return sum(part.nbytes for part in parts)

    def _cut(self, column: _Column, start: int, stop: int, limit: int | None = None) -> Points:
        at, values = column.rows.view()[start:stop], column.values.view()[start:stop]
        if limit is not None and len(values) > limit:
            kept = kept_points(values, limit)
            at, values = at[kept], values[kept]
        return Points(
            start,
            len(column.rows),
            stop - start,
            self._steps.view()[at],
            self._times.view()[at],
            values.copy(),
        )

    def _extend(self, key: str, base: int, rows: list[Row]) -> None:
        found = [row.get(key) for row in rows]
        kinds = set(map(type, found))
        if kinds == {float}:
            at: np.ndarray = np.arange(base, base + len(rows), dtype=np.int64)
            values = np.array(found, np.float64)
        else:
            pairs = [
                (base + i, value)
                for i, raw in enumerate(found)
                if (value := raw if type(raw) is float else number(raw)) is not None
            ]
            if not pairs:
                return
            at = np.array([i for i, _ in pairs], np.int64)
            values = np.array([value for _, value in pairs], np.float64)
        steps = self._steps.view()[at]
        # Of equal steps the last one counts.
        last: np.ndarray = np.append(steps[1:] != steps[:-1], True)
        column = self._columns.get(key)
        if column is None:
            column = self._columns[key] = _Column()
        n = len(column.rows)
        if n and self._steps.view()[column.rows.view()[n - 1]] == steps[0]:
            column.drop_last()
        column.rows.extend(at[last])
        column.values.extend(values[last])


class _Column:
    __slots__ = ("rows", "taken", "values")

    def __init__(self) -> None:
        self.rows = _Growing(np.int32)  # (n,) which rows
        self.values = _Growing(np.float64)  # (n,)
        self.taken = 0  # points that `take_new` has given

    def drop_last(self) -> None:
        self.rows.n -= 1
        self.values.n -= 1
        self.taken = min(self.taken, self.rows.n)


class _Growing:
    """An array that is appended to in amortised constant time."""

    __slots__ = ("_data", "n")

    def __init__(self, kind: type) -> None:
        self._data: np.ndarray = np.empty(16, kind)
        self.n = 0

    def __len__(self) -> int:
        return self.n

    @property
    def nbytes(self) -> int:
        return int(self._data.nbytes)

    def extend(self, more: np.ndarray) -> None:
        end = self.n + len(more)
        if end > len(self._data):
            grown = np.empty(max(end, len(self._data) * 3 // 2), self._data.dtype)
            grown[: self.n] = self._data[: self.n]
            self._data = grown
        self._data[self.n : end] = more
        self.n = end

    def view(self) -> np.ndarray:
        return self._data[: self.n]


def _simple_places(rows: list[Row]) -> tuple[np.ndarray, np.ndarray] | None:
    """What `metric_place` says of each row, where all are as `log()` writes them; else None."""
    steps = [row.get("_step") for row in rows]
    times = [row.get("_time") for row in rows]
    if set(map(type, steps)) != {int} or set(map(type, times)) != {float}:
        return None
    try:
        return np.array(steps, np.int64), np.array(times, np.float64)
    except OverflowError:
        return None
