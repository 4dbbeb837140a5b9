"""Settings that libraries bring along, as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


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
        kept[str(key)] = value
    return kept


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
