"""`wandb.integration.xgboost`: rounds of XGBoost under wandb's names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from xgboost.callback import TrainingCallback

from gitexp.record.guard import guarded
from gitexp.wandb.integration._run import begun, best_of, log_file, log_importances


class WandbCallback(TrainingCallback):  # type: ignore[misc]
    """Evaluation results of each round, the booster's config, importances and best score."""

    def __init__(
        self,
        log_model: bool = False,
        log_feature_importance: bool = True,
        importance_type: str = "gain",
        define_metric: bool = True,
    ) -> None:
        """A run must have begun.

        Args:
            log_model: keep the booster as an artifact.
            log_feature_importance: log a bar chart of it.
            importance_type: weight, gain, cover, total_gain or total_cover.
            define_metric: the summary holds the best value of each metric.

        Raises:
            UsageError: no run has begun.
        """
        super().__init__()
        self._run = begun("WandbCallback()", "xgboost")
        self.log_model = log_model
        self.log_feature_importance = log_feature_importance
        self.importance_type = importance_type
        self.define_metric = define_metric

    def before_training(self, model: Any) -> Any:
        """Take the booster's config."""
        self._take_config(model)
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
        """Log the round's results; never stops the training."""
        self._log(epoch, evals_log)
        return False

    def after_training(self, model: Any) -> Any:
        """Keep the booster, its importances and its best score."""
        self._keep(model)
        return model

    @guarded("XGBoost's callback")
    def _take_config(self, model: Any) -> None:
        if hasattr(model, "save_config"):  # cross-validation has several
            self._run.config.update(json.loads(model.save_config()))

    @guarded("XGBoost's callback")
    def _log(self, epoch: int, evals_log: Mapping[str, Any]) -> None:
        row: dict[str, Any] = {}
        for data, metrics in evals_log.items():
            for metric, values in metrics.items():
                key = f"{data}-{metric}"
                if self.define_metric and (best := best_of(metric)):
                    self._run.define_metric(key, summary=best)
                row[key] = values[-1]
        self.define_metric = False
        self._run.log({**row, "epoch": epoch})

    @guarded("XGBoost's callback")
    def _keep(self, model: Any) -> None:
        if self.log_model:
            name = f"{self._run.id}_model.json"
            path = Path(self._run.dir) / name
            model.save_model(path)
            log_file(self._run, path, name)
        if self.log_feature_importance:
            scores = model.get_score(importance_type=self.importance_type)
            log_importances(self._run, [[name, score] for name, score in scores.items()])
        if model.attr("best_score") is not None:
            best = {
                "best_score": float(model.attr("best_score")),
                "best_iteration": int(model.attr("best_iteration")),
            }
            self._run.log(best)


def wandb_callback() -> Callable[[Any], None]:
    """A callback for XGBoost before 1.3, whose callbacks were functions."""
    run = begun("wandb_callback()", "xgboost")

    def callback(env: Any) -> None:
        run.log(dict(env.evaluation_result_list))

    return callback
