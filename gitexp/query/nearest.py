"""How near two configs are, over the keys that are asked about; pure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

_MISSING = object()
_LOG_RATIO = 10.0  # values that span more than this are compared by their ratio: 1e-5, 3e-4, 0.1


def value_at(config: Mapping[str, Any], dotted: str) -> Any:
    """The value of `a.b.c` in a nested config; `MISSING` if it has none."""
    if dotted in config:
        return config[dotted]
    value: Any = config
    for part in dotted.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return _MISSING
        value = value[part]
    return value


def same_value(a: Any, b: Any) -> bool:
    """Whether two config values mean the same: 1 and 1.0 do, 1 and True do not."""
    if type(a) is type(b):
        return bool(a == b) or repr(a) == repr(b)
    if isinstance(a, bool) or isinstance(b, bool):
        return False
    return bool(a == b)


class Scale:
    """How far apart the values of one key are, from 0 (the same) to 1.

    Numbers by their distance in relation to the span that they take over all runs, as logarithms
    where they span more than a power of ten (Gower's distance). All else is the same or not.

    Args:
        asked: the value that is asked about.
        others: the values of the runs.
    """

    def __init__(self, asked: Any, others: Sequence[Any]) -> None:
        self._asked = asked
        known = [float(v) for v in (*others, asked) if _is_number(v)]
        low, high = (min(known), max(known)) if known else (0.0, 0.0)
        self._log = low > 0 and high / low >= _LOG_RATIO
        self._span = math.log(high / low) if self._log else high - low

    def distance(self, value: Any) -> float:
        """0 to 1; a key that the other config does not have is as far as can be."""
        if same_value(self._asked, value):
            return 0.0
        if not (_is_number(self._asked) and _is_number(value)) or not self._span:
            return 1.0
        a, b = float(self._asked), float(value)
        apart = abs(math.log(a / b)) if self._log else abs(a - b)
        # What differs is never as near as what does not.
        return min(1.0, max(1e-9, apart / self._span))


def rank(
    asked: Mapping[str, Any], configs: Sequence[Mapping[str, Any]]
) -> tuple[list[float], list[tuple[Any, ...]]]:
    """Distances of many configs from one, and their values.

    Args:
        asked: flat; only these keys count.
        configs: n nested ones.

    Returns:
        n distances, sums over the keys; n tuples of values in the order of the keys, `None` for
        a key that a config does not have.
    """
    keys = list(asked)
    rows = [tuple(value_at(config, key) for key in keys) for config in configs]
    total = [0.0] * len(rows)
    for column, key in enumerate(keys):
        # Thousands of runs share a handful of values.
        labels = [_label(row[column]) for row in rows]
        values = dict(zip(labels, (row[column] for row in rows), strict=True))
        scale = Scale(asked[key], list(values.values()))
        apart = {label: scale.distance(value) for label, value in values.items()}
        total = [sum_ + apart[label] for sum_, label in zip(total, labels, strict=True)]
    return total, [tuple(None if v is _MISSING else v for v in row) for row in rows]


def _label(value: Any) -> Any:
    """The same for values that are the same, and hashable; 1, 1.0 and True are three."""
    kind = type(value)
    if kind is str or kind is int or kind is float or kind is bool:
        return kind, value
    return repr(value)


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and abs(value) < 1e300
        and value == value
    )
