"""MLflow: metrics and parameters, by its functions, its client and its autologging alike."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe_named


def install(module: ModuleType) -> None:
    """Observe the client that all calls of a process end in."""
    client = module.MlflowClient
    observe_named("mlflow", client, "log_metric", _metric)
    observe_named("mlflow", client, "log_param", _param)
    observe_named("mlflow", client, "log_batch", _batch)


def _metric(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    metrics.log("mlflow", {given["key"]: given["value"]}, given.get("step"))


def _param(given: dict[str, Any]) -> None:
    _config({given["key"]: given["value"]})


def _batch(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    by_step: dict[int, dict[str, Any]] = {}
    for metric in given.get("metrics") or ():
        by_step.setdefault(metric.step, {})[metric.key] = metric.value
    for step, row in by_step.items():
        metrics.log("mlflow", row, step)
    _config({param.key: param.value for param in given.get("params") or ()})


def _config(found: dict[str, Any]) -> None:
    """MLflow makes texts of all parameters on the way."""
    from gitexp.capture.inside import config
    from gitexp.capture.values import typed_value

    typed = {k: typed_value(v) if isinstance(v, str) else v for k, v in found.items()}
    config.add(config.OBJECTS, "mlflow", typed)
