"""LightGBM: `lgb.train(..., callbacks=[GitexpCallback()])`, and the same for its estimators."""

from __future__ import annotations

from typing import Any

from gitexp.capture._active import run_for
from gitexp.capture._settings import plain_settings
from gitexp.record.guard import guarded


class GitexpCallback:
    """Evaluation results of each round, parameters and, at the last round, the booster.

    The booster is a checkpoint named `model`: `lgb.Booster(model_str=bytes(
    gitexp.load_checkpoint(run)["booster"]).decode())` loads it. With early stopping the callback
    does not see the end: `keep(booster)` keeps it then.
    """

    # LightGBM's own are between 0 and 30; early stopping (30) ends a round by raising.
    order = 20
    before_iteration = False

    def __init__(self, *, checkpoint: bool = True, **options: Any) -> None:
        """The run begins with the training.

        Args:
            checkpoint: whether the booster is kept.
            options: of `gitexp.init`, where no run is active yet.
        """
        self._checkpoint = checkpoint
        self._options = options
        self._defined: set[str] = set()

    @guarded("LightGBM's callback")
    def __call__(self, env: Any) -> None:
        """Log one round."""
        run = run_for(self._options)
        if env.iteration == env.begin_iteration:
            run.config.update(plain_settings(env.params))
        row = {}
        for data, metric, value, higher_is_better, *_ in env.evaluation_result_list or ():
            key = f"{data}.{metric}"
            row[key] = value
            if key not in self._defined:
                self._defined.add(key)
                run.define_metric(key, goal="maximize" if higher_is_better else "minimize")
        if row:
            run.log(row, step=env.iteration)
        if self._checkpoint and env.iteration + 1 == env.end_iteration:
            self.keep(env.model)

    @guarded("LightGBM's callback")
    def keep(self, booster: Any) -> None:
        """Keep a booster as the run's checkpoint `model`."""
        if not hasattr(booster, "model_to_string"):  # cross-validation has several
            return
        import numpy as np

        raw = np.frombuffer(booster.model_to_string().encode(), np.uint8)
        run_for(self._options).save_checkpoint({"booster": raw}, label="model")
