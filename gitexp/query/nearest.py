"""How near two configs are, over the keys that are asked about; pure."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping, Sequence
from typing import Any

MISSING = object()  # stands for the value of a key that a config does not have
_LOG_RATIO = 10.0  # values that span more than this are compared by their ratio: 1e-5, 3e-4, 0.1
# Values of these types are the same if they are equal, and no two types of a set are equal to
# each other unless they mean the same: 1 and 1.0, but neither of them and True.
_ALIKE = (frozenset({int, float, object}), frozenset({str, type(None), object}))


def value_at(config: Mapping[str, Any], dotted: str) -> Any:
    """The value of `a.b.c` in a nested config; `MISSING` if it has none."""
    if dotted in config:
        return config[dotted]
    value: Any = config
    for part in dotted.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return MISSING
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
        self._graded = bool(self._span) and _is_number(asked)

    def distance(self, value: Any) -> float:
        """0 to 1; a key that the other config does not have is as far as can be."""
        if same_value(self._asked, value):
            return 0.0
        if not self._graded or not _is_number(value):
            return 1.0
        a, b = float(self._asked), float(value)
        apart = abs(math.log(a / b)) if self._log else abs(a - b)
        # What differs is never as near as what does not.
        return min(1.0, max(1e-9, apart / self._span))


def rank(
    asked: Mapping[str, Any], configs: Sequence[Mapping[str, Any]]
) -> tuple[list[float], dict[str, list[Any]]]:
    """Distances of many configs from one, and their values.

    Args:
        asked: flat; only these keys count.
        configs: n nested ones.

    Returns:
        n distances, sums over the keys; key → n values, `MISSING` where a config has none.
    """
    total = [0.0] * len(configs)
    columns = {}
    for key, wanted in asked.items():
        if "." in key:
            column = [value_at(config, key) for config in configs]
        else:
            column = [config.get(key, MISSING) for config in configs]
        # Thousands of runs share a handful of values.
        kinds = set(map(type, column))
        labels = column if any(kinds <= alike for alike in _ALIKE) else list(map(_label, column))
        values = dict(zip(labels, column, strict=True))
        scale = Scale(wanted, list(values.values()))
        apart = {label: scale.distance(value) for label, value in values.items()}
        total = list(map(operator.add, total, map(apart.__getitem__, labels)))
        columns[key] = column
    return total, columns


def _label(value: Any) -> Any:
    """The same for values that are the same, and hashable; 1, 1.0 and True are three."""
    kind = type(value)
    if kind is str or kind is int or kind is float or kind is bool:
        return kind, value
    return repr(value)


def _is_number(value: Any) -> bool:
    kind = type(value)
    return (kind is float or kind is int) and abs(value) < 1e300
