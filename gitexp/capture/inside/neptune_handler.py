"""Neptune: run["train/loss"].append(…) and run["parameters"] = …, mirrored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe_named

_CONFIG = re.compile(r"^(?:\w*param\w*|config|cfg|hparams|settings|hyper\w*)$", re.I)
_OWN = ("sys", "monitoring", "source_code")


def install(module: ModuleType) -> None:
    """Observe the handler that run["path"] is."""
    for function, tell in (("append", _appended), ("log", _appended), ("assign", _assigned)):
        observe_named("neptune", module.Handler, function, tell)
    observe_named("neptune", module.Handler, "extend", _extended)


def _path(given: dict[str, Any]) -> str | None:
    path = str(given["self"]._path)
    return None if path.split("/")[0] in _OWN else path


def _appended(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics
    from gitexp.schema.tree import flatten

    path, value = _path(given), given["value"]
    if path is not None:
        row = {f"{path}/{key}": item for key, item in flatten(value).items()} if isinstance(
            value, Mapping
        ) else {path: value}  # fmt: skip
        metrics.log("neptune", row, given.get("step"))


def _extended(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    path, values = _path(given), given["values"]
    if path is None or isinstance(values, Mapping):
        return
    steps = given.get("steps") or [None] * len(values)
    for value, step in zip(values, steps, strict=False):
        metrics.log("neptune", {path: value}, step)


def _assigned(given: dict[str, Any]) -> None:
    """Parameters are config; one number of anything else is the run's result."""
    from gitexp.capture.inside import config, metrics

    path, value = _path(given), given["value"]
    if path is None or not isinstance(value, bool | int | float | str | Mapping | list | tuple):
        return
    first, *below = path.split("/")
    if isinstance(value, Mapping) or _CONFIG.match(first):
        keys = below if _CONFIG.match(first) else [first, *below]
        for key in reversed(keys):
            value = {key: value}
        if isinstance(value, Mapping):
            config.add(config.OBJECTS, "neptune", value)
    elif isinstance(value, int | float):
        metrics.summarize("neptune", {path: value})
