"""A curve in one line of text: `█▆▄▃▂▂▁▁`."""

from __future__ import annotations

import math
from collections.abc import Sequence

_LEVELS = "▁▂▃▄▅▆▇█"
_GAP = "·"  # nothing but NaN or infinities there


def sparkline(values: Sequence[float], width: int = 16) -> str:
    """At most `width` characters, each the mean of an equal share of the values.

    A constant curve is drawn at the lowest level, since nothing is known of its scale.
    """
    n = len(values)
    slots = min(width, n)
    means = [_mean(values[k * n // slots : (k + 1) * n // slots]) for k in range(slots)]
    finite = [mean for mean in means if mean is not None]
    if not finite:
        return _GAP * slots
    low, high = min(finite), max(finite)
    # Halved first: the span of 1e308 and -1e308 is no float.
    span = high / 2 - low / 2
    if not span:
        return "".join(_GAP if mean is None else _LEVELS[0] for mean in means)
    top = len(_LEVELS) - 1
    return "".join(
        _GAP if mean is None else _LEVELS[round((mean / 2 - low / 2) / span * top)]
        for mean in means
    )


def _mean(values: Sequence[float]) -> float | None:
    finite = [value for value in values if math.isfinite(value)]
    # Divided first, so that the sum of large numbers stays finite.
    return sum(value / len(finite) for value in finite) if finite else None
