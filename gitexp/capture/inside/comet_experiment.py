"""Comet: an experiment's metrics and parameters, mirrored."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe_named


def install(module: ModuleType) -> None:
    """Observe the class that online and offline experiments come from."""
    experiment = getattr(module, "CometExperiment", None) or module.BaseExperiment
    for function, tell in (
        ("log_metric", _metric),
        ("log_metrics", _metrics),
        ("log_parameter", _parameter),
        ("log_parameters", _parameters),
    ):
        observe_named("comet", experiment, function, tell)


def _metric(given: dict[str, Any]) -> None:
    _log(given, {given["name"]: given["value"]})


def _metrics(given: dict[str, Any]) -> None:
    before = given.get("prefix")
    values = given["dic"].items()
    _log(given, {f"{before}_{key}" if before else key: value for key, value in values})


def _log(given: dict[str, Any], row: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    places = (given.get("step"), getattr(given["self"], "curr_step", None), given.get("epoch"))
    metrics.log("comet", row, next((place for place in places if place is not None), None))


def _parameter(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import config

    config.add(config.OBJECTS, "comet", {given["name"]: given["value"]})


def _parameters(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import config

    before, found = given.get("prefix"), given["parameters"]
    config.add(config.OBJECTS, "comet", {before: found} if before else found)
