"""What `run.config` gives back: plain values, as scripts for wandb compute with them."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from datetime import date
from enum import Enum
from typing import Any

_LONGEST_ARRAY = 32


def config_value(value: Any) -> Any:
    """A value → what a config gives back when it is read.

    Mappings become dicts, sequences and sets lists, arrays of one number that number, others
    lists of up to 32 numbers, NaN None; an enumeration's value is its name, a function or class
    its dotted name. What has a `json_encode` of its own, as artifacts have, stays as it is; any
    other object is its text.
    """
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if isinstance(value, Mapping):
        return {_plain_key(key): config_value(item) for key, item in value.items()}
    if isinstance(value, slice):
        return {
            "slice_start": value.start,
            "slice_step": value.step,
            "slice_stop": value.stop,
        }
    value = _unpacked(value)
    if isinstance(value, Sequence | set) and not isinstance(value, str):
        return [config_value(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return config_value(dataclasses.asdict(value))
    kept = type(value).__module__ == "builtins" or callable(getattr(value, "json_encode", None))
    return value if kept else str(value)


def _unpacked(value: Any) -> Any:
    """Arrays and tensors as numbers, what JSON has no word for as text."""
    if hasattr(value, "shape") and callable(getattr(value, "tolist", None)):
        detach = getattr(value, "detach", None)
        size = math.prod(value.shape)
        if size == 1:
            return value.item() if callable(getattr(value, "item", None)) else value.tolist()
        if size <= _LONGEST_ARRAY:
            return value.tolist()
        return str(detach().cpu().numpy() if callable(detach) else value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Enum):
        return value.name
    if callable(value):
        name = getattr(value, "__qualname__", None)
        return f"{value.__module__}.{name}" if name else str(value)
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def _plain_key(key: Any) -> Any:
    return key.item() if hasattr(key, "dtype") and hasattr(key, "item") else key
