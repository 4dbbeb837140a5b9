"""Settings that libraries bring along, as plain data."""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import Any

_LONG = 12  # no author types so many characters


def plain_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers, texts, bools and lists or mappings of these; all else is left out."""
    kept = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            value = plain_settings(value)
            if not value:
                continue
        elif isinstance(value, list | tuple):
            if not all(isinstance(item, bool | int | float | str) for item in value):
                continue
            value = list(value)
        elif value is not None and not isinstance(value, bool | int | float | str):
            continue
        kept[str(key)] = as_typed(value) if isinstance(value, float) else value
    return kept


def as_typed(value: float) -> float:
    """0.0010000000474974513, which is what a library keeps 0.001 as in 32 bits, is 0.001."""
    if len(repr(value)) < _LONG or not 1e-30 < abs(value) < 1e30:
        return value
    rounded = (float(f"{value:.{digits}g}") for digits in range(1, 9))
    return next((short for short in rounded if _in_32_bits(short) == value), value)


def _in_32_bits(value: float) -> float:
    return float(struct.unpack("f", struct.pack("f", value))[0])


def as_number(text: str) -> int | float | str:
    """What a library wrote as a text, as the number that it is."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def booster_settings(model: Any) -> dict[str, Any]:
    """An XGBoost booster's parameters as it has understood them; {} for anything else."""
    if not hasattr(model, "save_config"):  # cross-validation has several
        return {}
    learner = json.loads(model.save_config())["learner"]
    booster = learner.get("gradient_booster", {})
    groups = (
        learner.get("learner_train_param", {}),
        booster.get("gbtree_train_param", {}),
        booster.get("tree_train_param", {}),
        booster.get("gblinear_train_param", {}),
    )
    found = {key: as_number(text) for group in groups for key, text in group.items()}
    return {key: value for key, value in found.items() if value != ""}
