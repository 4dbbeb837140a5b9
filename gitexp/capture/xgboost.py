"""XGBoost: `xgb.train(..., callbacks=[GitexpCallback()])`, and the same for its estimators."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from xgboost.callback import TrainingCallback

from gitexp.capture._active import run_for
from gitexp.capture._settings import booster_settings
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
        settings = booster_settings(model)
        if settings:
            run_for(self._options).config.update(settings)

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
