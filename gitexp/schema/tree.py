"""Nested mappings, flat mappings with dotted keys, and the way between them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_DEEPEST = 100
Plain = None | bool | int | float | str | list[Any] | dict[str, Any]


def flatten(
    nested: Mapping[Any, Any], prefix: str = "", above: frozenset[int] = frozenset()
) -> dict[str, Any]:
    """`{"a": {"b": 1}}` → `{"a.b": 1}`; an empty mapping stays as a value.

    So does one that contains itself, or stands deeper than anybody nests.

    Args:
        nested: a mapping of mappings.
        prefix: of all keys.
        above: the ids of the mappings that it is in.
    """
    flat: dict[str, Any] = {}
    above |= {id(nested)}
    for key, value in nested.items():
        name = f"{prefix}{key}"
        inside = isinstance(value, Mapping) and value and len(above) < _DEEPEST
        if inside and id(value) not in above:
            flat.update(flatten(value, f"{name}.", above))
        else:
            flat[name] = value
    return flat


def put(nested: dict[str, Any], dotted: str, value: Any) -> None:
    """Set `a.b.c` in a nested dict; a value in the way is replaced by a mapping."""
    *path, last = dotted.split(".")
    for part in path:
        below = nested.get(part)
        if not isinstance(below, dict):
            below = nested[part] = {}
        nested = below
    nested[last] = value


def merge(into: dict[str, Any], changes: Mapping[str, Any]) -> None:
    """Update a nested dict in place: mappings are merged, everything else is replaced."""
    for key, value in changes.items():
        below = into.get(key)
        if isinstance(value, Mapping) and isinstance(below, dict):
            merge(below, value)
        else:
            into[key] = dict(value) if isinstance(value, Mapping) else value


def merged(*sources: Mapping[str, Any]) -> dict[str, Any]:
    """Nested mappings joined, the later ones counting more."""
    whole: dict[str, Any] = {}
    for source in sources:
        merge(whole, source)
    return whole


def non_finite(value: float) -> str:
    """NaN and the infinities as the strings that stand for them in JSON."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def number(value: object) -> float | None:
    """A metric's value as it stands in a file → a float; None if it is no number."""
    if isinstance(value, bool):
        return float(value)
    if isinstance(value, int):
        try:
            return float(value)
        except OverflowError:
            return math.inf if value > 0 else -math.inf
    if isinstance(value, float):
        return value
    if isinstance(value, str) and value in ("NaN", "Infinity", "-Infinity"):
        return float(value)
    return None


def finite(value: Any) -> Any:
    """A value as it stands in a file; "NaN" and the infinities as numbers."""
    if isinstance(value, Mapping):
        return {key: finite(below) for key, below in value.items()}
    as_number = number(value) if isinstance(value, str) else None
    return value if as_number is None else as_number


def numbers(values: Mapping[str, Any]) -> dict[str, float]:
    """Those of some values that are numbers, as `number` reads them."""
    read = {key: number(value) for key, value in values.items()}
    return {key: value for key, value in read.items() if value is not None}


def digest(config: Mapping[str, Any]) -> str:
    """A config's identity: SHA-256 over its flat form with sorted keys."""
    import hashlib
    import json

    flat = flatten(config)
    text = json.dumps(flat, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()
