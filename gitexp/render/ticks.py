"""Where an axis has its marks, and what they say: steps of 1, 2 and 5, decades, or clock units."""

from __future__ import annotations

import math

from gitexp.render.text import number

_CLOCK_S = (
    1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200,
)  # fmt: skip
_DAY_S = 86400


def linear_ticks(low: float, high: float, want: int, *, whole: bool = False) -> list[float]:
    """Round numbers in [low, high] at an even distance of 1, 2 or 5 times a power of ten.

    Args:
        low: finite, below `high`.
        high: finite.
        want: how many marks there is room for, >= 2; about so many come back.
        whole: only whole numbers (steps).
    """
    span = high - low
    # Among the smallest floats there is no room for a step.
    if not 1e-300 < span < math.inf:
        return [low]
    step = _nice(span / want)
    if whole:
        step = max(1.0, step)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first > 4 * want:  # the span is below what floats can tell apart
        return [low]
    return [i * step for i in range(first, last + 1)]


def log_ticks(low: float, high: float, want: int) -> list[float]:
    """Powers of ten in [low, high], with their multiples by 2 and 5 where few of them fit."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    stride = max(1, math.ceil((last - first) / want))
    tens = [10.0**k for k in range(first, last + 1, stride) if -308 <= k <= 308]
    inside = [t for t in tens if low * 0.999 <= t <= high * 1.001]
    if len(inside) >= 3 or stride > 1:
        return inside
    fine = [m * t for t in tens for m in (1, 2, 5) if low * 0.999 <= m * t <= high * 1.001]
    return fine if fine else inside


def clock_ticks(high_s: float, want: int) -> list[float]:
    """Seconds from 0 to `high_s` at a distance that a clock has: 5 s, 15 min, 6 h, 2 days."""
    for step in _CLOCK_S:
        if high_s / step <= want:
            return [float(k * step) for k in range(int(high_s / step) + 1)]
    days = max(1.0, _nice(high_s / _DAY_S / want)) * _DAY_S
    return [k * days for k in range(int(high_s / days) + 1)]


def labels(ticks: list[float]) -> list[str]:
    """What linear ticks say: with as many decimals as their distance needs, or in thousands."""
    size = max(map(abs, ticks), default=0.0)
    step = abs(ticks[1] - ticks[0]) if len(ticks) > 1 else size
    if size >= 1e13 or (0 < size < 1e-3):
        return [number(t) for t in ticks]
    for unit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if size >= (10_000 if unit == 1e3 else unit) and step >= unit / 1000:
            decimals = _decimals(step / unit)
            return [f"{t / unit:.{decimals}f}{letter}" if t else "0" for t in ticks]
    return [f"{t:.{_decimals(step)}f}" for t in ticks]


def clock_labels(ticks: list[float]) -> list[str]:
    """What clock ticks say, in the largest unit that their distance is a multiple of."""
    step = ticks[1] if len(ticks) > 1 else 1.0
    for unit, letter in ((_DAY_S, "d"), (3600, "h"), (60, "m")):
        if step >= unit and step % unit == 0:
            return [f"{t / unit:g}{letter}" for t in ticks]
    return [f"{t:g}s" for t in ticks]


def _nice(rough: float) -> float:
    """The smallest of 1, 2, 5, 10 times a power of ten that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next((m * power for m in (1, 2, 5) if m * power >= rough * 0.999), 10 * power)


def _decimals(step: float) -> int:
    return max(0, min(12, -math.floor(math.log10(step) + 1e-9))) if step > 0 else 0
