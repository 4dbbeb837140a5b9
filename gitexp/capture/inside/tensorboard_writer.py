"""TensorBoard's writers, torch's and tensorboardX: scalars and hyperparameters."""

from __future__ import annotations

import inspect
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe the methods of SummaryWriter."""
    writer = module.SummaryWriter
    for function, tell in (
        ("add_scalar", _scalar),
        ("add_scalars", _scalars),
        ("add_hparams", _hparams),
    ):
        observe("tensorboard", writer, function, _with_names(getattr(writer, function), tell))


def _with_names(function: Any, tell: Any) -> Any:
    """Arguments by name, however they were given."""
    names = list(inspect.signature(function).parameters)

    def called(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        tell({**dict(zip(names, args, strict=False)), **kwargs})

    return called


def _scalar(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    metrics.log("tensorboard", {given["tag"]: given["scalar_value"]}, given.get("global_step"))


def _scalars(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    values = {f"{given['main_tag']}/{k}": v for k, v in given["tag_scalar_dict"].items()}
    metrics.log("tensorboard", values, given.get("global_step"))


def _hparams(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import config, metrics

    config.add(config.OBJECTS, "tensorboard", given["hparam_dict"])
    metrics.log("tensorboard", given.get("metric_dict") or {}, given.get("global_step"))
