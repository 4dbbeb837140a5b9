"""A metric's points over steps, and fewer of them that look the same."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

_MANY = 4_000  # points from which on numpy's import is worth its time


@dataclass(slots=True)
class Series:
    """n points of one metric, steps never decreasing; values may be NaN or infinite."""

    steps: array[int] = field(default_factory=lambda: array("q"))  # (n,)
    times_s: array[float] = field(default_factory=lambda: array("d"))  # (n,) since the epoch
    values: array[float] = field(default_factory=lambda: array("d"))  # (n,)

    def __len__(self) -> int:
        return len(self.steps)

    def append(self, step: int, time_s: float, value: float) -> None:
        """Add a point."""
        self.steps.append(step)
        self.times_s.append(time_s)
        self.values.append(value)

    def downsample(self, limit: int) -> Series:
        """Keep the extremes of equal slices of points.

        Args:
            limit: most points to keep, >= 5.

        Returns:
            min(n, limit) points or fewer; the first and the last are always among them, and so
            are the global minimum and maximum and, of each slice that has any, the first NaN.
        """
        n = len(self)
        if n <= limit:
            return self
        if n >= _MANY:
            return self._take_many(limit)
        values = self.values
        keep = {0, n - 1}
        any_nan = any(v != v for v in values)
        slices = max(1, (limit - 2) // (3 if any_nan else 2))
        for k in range(slices):
            start, stop = k * n // slices, (k + 1) * n // slices
            part = values[start:stop]
            if any_nan:
                nan = next((i for i, v in enumerate(part) if v != v), None)
                if nan is not None:
                    keep.add(start + nan)
                    finite = [i for i in range(start, stop) if values[i] == values[i]]
                    if finite:
                        keep.add(min(finite, key=values.__getitem__))
                        keep.add(max(finite, key=values.__getitem__))
                    continue
            # C loops over the slice: ten times faster than comparing by position.
            keep.add(start + part.index(min(part)))
            keep.add(start + part.index(max(part)))
        return self.take(sorted(keep))

    def _take_many(self, limit: int) -> Series:
        """What `downsample` keeps, worked out by numpy."""
        import numpy as np

        values = np.frombuffer(self.values)
        kept = kept_points(values, limit)
        return Series(
            array("q", np.frombuffer(self.steps, np.int64)[kept].tobytes()),
            array("d", np.frombuffer(self.times_s)[kept].tobytes()),
            array("d", values[kept].tobytes()),
        )

    def take(self, indices: Iterable[int]) -> Series:
        """The points at these positions."""
        at = list(indices)
        return Series(
            array("q", (self.steps[i] for i in at)),
            array("d", (self.times_s[i] for i in at)),
            array("d", (self.values[i] for i in at)),
        )


def kept_points(values: np.ndarray, limit: int) -> np.ndarray:
    """The positions that `Series.downsample` keeps.

    Args:
        values: (n,) float64, n > limit.
        limit: most points to keep, >= 5.
    """
    import numpy as np

    n = len(values)
    nan = np.isnan(values)
    any_nan = bool(nan.any())
    slices = max(1, (limit - 2) // (3 if any_nan else 2))
    edges: np.ndarray = np.arange(slices + 1) * n // slices
    starts, sizes = edges[:-1], np.diff(edges)
    width = int(sizes.max())
    # The slices as rows; a shorter one has its first point again at its end.  (slices, width)
    inside = np.arange(width)
    at = starts[:, None] + np.where(inside < sizes[:, None], inside, 0)
    rows = values[at]
    keep = [np.array([0, n - 1])]
    if any_nan:
        bad = nan[at]
        keep.append((starts + bad.argmax(axis=1))[bad.any(axis=1)])
        well = ~bad.all(axis=1)
        keep.append((starts + np.where(bad, np.inf, rows).argmin(axis=1))[well])
        keep.append((starts + np.where(bad, -np.inf, rows).argmax(axis=1))[well])
    else:
        keep += [starts + rows.argmin(axis=1), starts + rows.argmax(axis=1)]
    kept: np.ndarray = np.unique(np.concatenate(keep))
    return kept


@dataclass(slots=True)
class SeriesSketch:
    """A curve in bounded memory while it grows: the extremes of slices that double when full."""

    limit: int = 512
    series: Series = field(default_factory=Series)
    _stride: int = 1
    _pending: Series = field(default_factory=Series)

    def add(self, step: int, time_s: float, value: float) -> None:
        """Take in the next point."""
        self._pending.append(step, time_s, value)
        if len(self._pending) < 2 * self._stride:
            return
        self._flush()
        if len(self.series) > self.limit:
            self.series = self.series.downsample(self.limit // 2)
            self._stride *= 2

    def _flush(self) -> None:
        kept = self._pending.downsample(5)
        self.series.steps.extend(kept.steps)
        self.series.times_s.extend(kept.times_s)
        self.series.values.extend(kept.values)
        self._pending = Series()

    def result(self) -> Series:
        """The sketch with the newest points."""
        whole = self.series.take(range(len(self.series)))
        for i in range(len(self._pending)):
            p = self._pending
            whole.append(p.steps[i], p.times_s[i], p.values[i])
        return whole
