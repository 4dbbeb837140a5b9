"""A plot's box: which span its axes show, and where a value is in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gitexp.schema.series import Series

_HUGE = 8e307  # beyond it, the span of an axis is no float any more
# From how far the largest value is above the twentieth part of the values that is smallest, an
# axis is logarithmic by itself. A few values near zero, as noise has them, are no reason.
_LOG_SPAN = 200.0


@dataclass(frozen=True, slots=True)
class Line:
    """One curve of a plot."""

    label: str
    series: Series
    colour: int = 0  # place in the palette; places beyond it are dashed
    start_s: float | None = None  # zero of a time axis; None: the first point


class Frame(NamedTuple):
    """A plot's scales: data → tenths of a pixel inside the plot's box."""

    width: float
    height: float
    x_low: float
    x_high: float
    y_low: float  # logarithms where `log`
    y_high: float
    log: bool

    def x(self, value: float) -> int:
        """Tenths of a pixel from the left edge."""
        share = (value - self.x_low) / (self.x_high - self.x_low)
        return round(10 * self.width * min(2.0, max(-1.0, share)))

    def y(self, value: float) -> int:
        """Tenths of a pixel from the upper edge; far outside becomes half a box outside."""
        if self.log:
            value = math.log10(value) if value > 0 else self.y_low
        share = (value - self.y_low) / (self.y_high - self.y_low)
        return round(10 * self.height * (1 - min(1.5, max(-0.5, share))))


def is_log(finite: Sequence[float]) -> bool:
    """Whether values are best seen on a logarithmic axis: all positive, spanning decades."""
    low, high = min(finite, default=0.0), max(finite, default=0.0)
    if low <= 0 or high / low < _LOG_SPAN:
        return False
    return high / sorted(finite)[len(finite) // 20] >= _LOG_SPAN


def y_span(
    finite: Sequence[float], log: bool, y_range: tuple[float, float] | None
) -> tuple[float, float]:
    """The lowest and highest value of the y axis, with air around the curves."""
    values = [*finite, *(y_range or ())] or [0.0, 1.0]
    low, high = max(min(values), -_HUGE), min(max(values), _HUGE)
    if log:
        low = max(low, 1e-300)
        air = (high / low) ** 0.04 if high > low else 2.0
        return max(low / air, 1e-307), min(high * air, _HUGE)
    if 0 <= low < high / 4:
        low = 0.0
    air = (high - low) * 0.05
    if air <= 1e-12 * max(abs(low), abs(high)):
        air = abs(high) * 0.1 or 1.0
    if y_range is not None and (low, high) == y_range:
        return y_range
    return (low if low == 0 and high > air else low - air), high + air


def x_of(series: Series, x: str, start_s: float | None) -> list[float]:
    """Where each point is on the x axis: its step, or the seconds since the start."""
    if x != "time":
        return [float(step) for step in series.steps]
    zero = start_s if start_s is not None else series.times_s[0] if len(series) else 0.0
    return [max(0.0, time_s - zero) for time_s in series.times_s]


def x_span(drawn: Sequence[tuple[Line, Series]], x: str) -> tuple[float, float]:
    """The lowest and highest value of the x axis, never the same."""
    ends = [
        value
        for line, series in drawn
        if len(series)
        for value in x_of(series.take((0, len(series) - 1)), x, line.start_s)
        if math.isfinite(value)
    ]
    low, high = min(ends, default=0.0), max(ends, default=1.0)
    if x == "time" or 0 < low < high / 5:
        low = 0.0
    if high <= low:
        low, high = (0.0, high or 1.0) if x == "time" else (low - 0.5, high + 0.5)
    return low, high
