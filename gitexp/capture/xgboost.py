"""XGBoost: `xgb.train(..., callbacks=[GitexpCallback()])`, and the same for its estimators."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from xgboost.callback import TrainingCallback

from gitexp.capture._active import as_number, run_for
from gitexp.record.guard import guarded

_MOST_FEATURES = 200


class GitexpCallback(TrainingCallback):  # type: ignore[misc]
    """Evaluation results of each round, parameters, importances and the booster itself.

    The booster is a checkpoint named `model`: `xgb.Booster(model_file=bytearray(
    gitexp.load_checkpoint(run)["booster"]))` loads it.
    """

    def __init__(self, *, checkpoint: bool = True, **options: Any) -> None:
        """The run begins with the training.

        Args:
            checkpoint: whether the booster is kept.
            options: of `gitexp.init`, where no run is active yet.
        """
        super().__init__()
        self._checkpoint = checkpoint
        self._options = options

    def before_training(self, model: Any) -> Any:
        """Take the parameters as XGBoost has understood them."""
        self._take_parameters(model)
        return model

    def after_iteration(self, model: Any, epoch: int, evals_log: Mapping[str, Any]) -> bool:
        """Log the round's results; never stops the training."""
        self._log(epoch, evals_log)
        return False

    def after_training(self, model: Any) -> Any:
        """Keep importances and the booster."""
        self._keep(model)
        return model

    @guarded("XGBoost's callback")
    def _take_parameters(self, model: Any) -> None:
        if not hasattr(model, "save_config"):  # cross-validation has several
            return
        learner = json.loads(model.save_config())["learner"]
        booster = learner.get("gradient_booster", {})
        groups = (
            learner.get("learner_train_param", {}),
            booster.get("gbtree_train_param", {}),
            booster.get("tree_train_param", {}),
            booster.get("gblinear_train_param", {}),
        )
        found = {key: as_number(text) for group in groups for key, text in group.items()}
        run_for(self._options).config.update(
            {key: value for key, value in found.items() if value != ""}
        )

    @guarded("XGBoost's callback")
    def _log(self, epoch: int, evals_log: Mapping[str, Any]) -> None:
        row = {
            # With cross-validation a value is a mean and its deviation.
            f"{data}.{metric}": values[-1][0] if isinstance(values[-1], tuple) else values[-1]
            for data, metrics in evals_log.items()
            for metric, values in metrics.items()
        }
        if row:
            run_for(self._options).log(row, step=epoch)

    @guarded("XGBoost's callback")
    def _keep(self, model: Any) -> None:
        if not hasattr(model, "save_raw"):
            return
        import numpy as np

        run = run_for(self._options)
        gains = model.get_score(importance_type="gain")
        ranked = sorted(gains.items(), key=lambda item: -_first(item[1]))[:_MOST_FEATURES]
        for name, gain in ranked:
            run.summary[f"importance.{name}"] = _first(gain)
        if self._checkpoint:
            raw = np.frombuffer(bytes(model.save_raw("ubj")), np.uint8)
            run.save_checkpoint({"booster": raw}, label="model")


def _first(value: Any) -> float:
    return float(value[0] if isinstance(value, list) else value)
