"""SwanLab: its log() and config, mirrored."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe_named

_seen: dict[str, Any] = {}


def install(module: ModuleType) -> None:
    """Observe the Run, whose name and place changed with version 0.8."""
    run = getattr(module, "Run", None) or module.SwanLabRun
    observe_named("swanlab", run, "log", _logged)


def _logged(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import config, metrics
    from gitexp.schema.tree import flatten

    # The config is an object of its own that may change until here.
    found = getattr(given["self"], "config", None)
    if isinstance(found, Mapping) and dict(found) != _seen:
        _seen.update(found)
        config.add(config.OBJECTS, "swanlab", dict(found))
    metrics.log("swanlab", flatten(given["data"]), given.get("step"))
