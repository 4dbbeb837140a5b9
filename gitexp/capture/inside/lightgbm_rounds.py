"""LightGBM: the evaluations of each round, whether a callback shows them or none."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe where a booster evaluates itself, which a training asks it for in each round."""
    for function in ("eval_train", "eval_valid"):
        observe("lightgbm", module.Booster, function, _evaluated)
    observe("lightgbm", module.Booster, "__init__", _made)


def _evaluated(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    row = {f"{data}-{metric}": value for data, metric, value, *_ in result}
    metrics.log("lightgbm", row, args[0].current_iteration() - 1)


def _made(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture._settings import plain_settings
    from gitexp.capture.inside import metrics, trainings

    # One that is read from a file or a text has no training set.
    if getattr(args[0], "train_set", None) is not None or "train_set" in kwargs:
        metrics.begin_training("lightgbm")
        found = plain_settings(args[0].params)
        aside = ("verbose", "verbosity", "num_threads", "n_jobs")
        settings = {k: v for k, v in found.items() if v is not None and k not in aside}
        trainings.tell("lightgbm", settings)
