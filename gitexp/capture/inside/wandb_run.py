"""The real wandb, where it is installed: its log() and config, mirrored."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe_named

_seen: dict[str, Any] = {}


def install(module: ModuleType) -> None:
    """Observe Run.log, and the callback that each change of its config comes to."""
    observe_named("wandb", module.Run, "log", _logged, before=True)
    observe_named("wandb", module.Run, "_config_callback", _config, before=True)


def _logged(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    data = given.get("data")
    if not isinstance(data, Mapping):
        return
    step = given.get("step")
    if step is None:
        step = given["self"].step
    config_now = dict(given["self"].config)
    if config_now != _seen:
        _seen.update(config_now)
        _config({"data": config_now})
    metrics.log("wandb", _flat(data), step)


def _config(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import config

    data, key = given.get("data"), given.get("key")
    if isinstance(data, Mapping):
        config.add(config.OBJECTS, "wandb", {k: v for k, v in data.items() if k != "_wandb"})
    elif isinstance(key, str) and key != "_wandb":
        config.add(config.OBJECTS, "wandb", {key: given.get("val")})


def _flat(data: Mapping[str, Any]) -> dict[str, Any]:
    from gitexp.schema.tree import flatten

    return flatten(data)
