"""`wandb.integration.lightgbm`: rounds of LightGBM under wandb's names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lightgbm import Booster

from gitexp.capture._settings import plain_settings
from gitexp.capture.inside import metrics
from gitexp.errors import UsageError
from gitexp.record.guard import guarded
from gitexp.wandb.integration._run import begun, best_of, log_file, log_importances


class _Callback:
    # LightGBM's own are between 0 and 30; early stopping (30) ends a round by raising.
    order = 20
    before_iteration = False

    def __init__(self, log_params: bool, define_metric: bool) -> None:
        self._log_params, self._define_metric = log_params, define_metric

    @guarded("LightGBM's callback")
    def __call__(self, env: Any) -> None:
        run = begun("wandb_callback()")
        results = env.evaluation_result_list or []
        if env.iteration == env.begin_iteration:
            if self._log_params:
                run.config.update(plain_settings(env.params))
            for result in results if self._define_metric else ():
                key, metric = _names(result)
                if best := best_of(metric):
                    run.define_metric(key, summary=best)
        row: dict[str, Any] = {}
        for result in results:
            key, _ = _names(result)
            if len(result) == 4:
                row[key] = result[2]
            else:  # cross-validation: a mean and its deviation
                row[f"{key}-mean"], row[f"{key}-stdv"] = result[2], result[4]
        run.log({**row, "iteration": env.iteration})


def _names(result: Any) -> tuple[str, str]:
    """The key of a result, and its metric's own name."""
    data, metric = result[:2]
    if len(result) > 4 and " " in metric:
        data, metric = metric.split()
    return f"{data}_{metric}", metric


def wandb_callback(log_params: bool = True, define_metric: bool = True) -> Callable[[Any], None]:
    """Evaluation results of each round, as `<data>_<metric>`.

    Args:
        log_params: the parameters become the run's config.
        define_metric: the summary holds the best value of each metric.
    """
    metrics.leave("lightgbm")
    return _Callback(log_params, define_metric)


def log_summary(
    model: Booster, feature_importance: bool = True, save_model_checkpoint: bool = False
) -> None:
    """Log what is known of a booster after its training.

    Args:
        model: the booster.
        feature_importance: a bar chart of it.
        save_model_checkpoint: keep the booster as an artifact.

    Raises:
        UsageError: no run has begun, or it is no booster.
    """
    run = begun("log_summary()")
    if not isinstance(model, Booster):
        raise UsageError(
            f"log_summary() takes a Booster, not a {type(model).__name__}",
            "an estimator has it as `booster_`",
        )
    run.summary["best_iteration"] = model.best_iteration
    run.summary["best_score"] = {data: dict(best) for data, best in model.best_score.items()}
    if feature_importance:
        values = model.feature_importance().tolist()
        rows = [[name, value] for name, value in zip(model.feature_name(), values, strict=True)]
        log_importances(run, rows, commit=False)
    if save_model_checkpoint:
        path = Path(run.dir) / f"model_ckpt_{model.best_iteration}.txt"
        model.save_model(path, num_iteration=model.best_iteration)
        log_file(run, path, f"model_{run.id}", ["best"])
