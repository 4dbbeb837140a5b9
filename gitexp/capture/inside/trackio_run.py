"""trackio: its log() and config, mirrored."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe_named


def install(module: ModuleType) -> None:
    """Observe the Run that trackio.init makes and trackio.log calls."""
    observe_named("trackio", module.Run, "__init__", _made)
    observe_named("trackio", module.Run, "log", _logged)


def _made(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import config

    if isinstance(found := given.get("config"), Mapping):
        config.add(config.OBJECTS, "trackio", {k: v for k, v in found.items() if k[:1] != "_"})


def _logged(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics
    from gitexp.schema.tree import flatten

    metrics.log("trackio", flatten(given["metrics"]), given.get("step"))
