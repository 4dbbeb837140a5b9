"""Aim: run.track(…) and run["hparams"] = …, mirrored."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe_named


def install(module: ModuleType) -> None:
    """Observe the Run's methods."""
    observe_named("aim", module.BasicRun, "track", _tracked)
    observe_named("aim", module.BasicRun, "__setitem__", _set)


def _tracked(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    context = given.get("context") or {}
    before = "/".join(str(value) for value in context.values() if isinstance(value, str))
    value, name = given["value"], str(given.get("name"))
    row = value if isinstance(value, Mapping) else {name: value}
    named = {f"{before}/{key}" if before else key: number for key, number in row.items()}
    step = given.get("step")
    metrics.log("aim", named, given.get("epoch") if step is None else step)


def _set(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import config

    key, value = given.get("key"), given.get("val")
    if key is ... or key in ("hparams", "params", "config", "hyperparameters"):
        if isinstance(value, Mapping):
            config.add(config.OBJECTS, "aim", value)
    elif isinstance(key, str) and not key.startswith("__"):
        config.add(config.OBJECTS, "aim", {key: value})
