"""XGBoost: the evaluations of each round, printed or not, of train() and the estimators."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import TRACKERS, observe_named


def install(module: ModuleType) -> None:
    """Observe the container that a training's callbacks are in, ours being none of them, and
    train() and cv(), which have the parameters."""
    if module.__name__ == "xgboost.training":
        for function in ("train", "cv"):
            observe_named("xgboost_begin", module, function, _begins, before=True)
        return
    observe_named(
        "xgboost", module.CallbackContainer, "after_iteration", _round, instead_of=TRACKERS
    )


def _round(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    # With cross-validation a value is a mean and its deviation.
    row = {
        f"{data}-{metric}": values[-1][0] if isinstance(values[-1], tuple) else values[-1]
        for data, of_data in given["self"].history.items()
        for metric, values in of_data.items()
    }
    metrics.log("xgboost", row, given["epoch"])


def _begins(given: dict[str, Any]) -> None:
    from gitexp.capture._settings import plain_settings
    from gitexp.capture.inside import metrics, trainings

    metrics.begin_training("xgboost")
    found = plain_settings(dict(given.get("params") or {}))
    found["num_boost_round"] = given.get("num_boost_round", 10)
    aside = ("verbosity", "nthread", "n_jobs")
    settings = {k: v for k, v in found.items() if v is not None and v == v and k not in aside}
    trainings.tell("xgboost", settings)
