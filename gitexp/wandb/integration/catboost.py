"""`wandb.integration.catboost`: iterations of CatBoost under wandb's names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from catboost import CatBoostClassifier, CatBoostRegressor

from gitexp.errors import UsageError
from gitexp.record.guard import guarded
from gitexp.wandb.integration._run import begun, log_file, log_importances


class WandbCallback:
    """Metrics of each iteration, as `<data>-<metric>`."""

    def __init__(self, metric_period: int = 1) -> None:
        """A run must have begun.

        Args:
            metric_period: how many iterations lie between two rows.

        Raises:
            UsageError: no run has begun.
        """
        self._run = begun("WandbCallback()", "catboost")
        self._period = metric_period

    def after_iteration(self, info: Any) -> bool:
        """Log the iteration's metrics; never stops the training."""
        self._log(info)
        return True

    @guarded("CatBoost's callback")
    def _log(self, info: Any) -> None:
        if info.iteration % self._period:
            return
        row = {
            f"{data}-{metric}": values[-1]
            for data, metrics in info.metrics.items()
            for metric, values in metrics.items()
        }
        self._run.log({**row, f"iteration@metric-period-{self._period}": info.iteration})


def log_summary(
    model: Any,
    log_all_params: bool = True,
    save_model_checkpoint: bool = False,
    log_feature_importance: bool = True,
) -> None:
    """Log what is known of a model after its training.

    Args:
        model: a CatBoostClassifier or CatBoostRegressor.
        log_all_params: its parameters become the run's config.
        save_model_checkpoint: keep the model as an artifact.
        log_feature_importance: a bar chart of it.

    Raises:
        UsageError: no run has begun, or it is no such model.
    """
    run = begun("log_summary()")
    if not isinstance(model, CatBoostClassifier | CatBoostRegressor):
        raise UsageError(f"log_summary() takes a model of CatBoost, not a {type(model).__name__}")
    run.config.update(model.get_all_params() if log_all_params else model.get_params())
    run.summary["best_iteration"] = model.get_best_iteration()
    run.summary["best_score"] = model.get_best_score()
    if save_model_checkpoint:
        path = Path(run.dir) / "model.cbm"
        model.save_model(path)
        log_file(run, path, f"model_{run.id}", ["best"])
    if log_feature_importance:
        frame = model.get_feature_importance(prettified=True)
        log_importances(run, frame.values.tolist())
