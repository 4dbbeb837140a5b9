"""`wandb.integration.sb3`: what Stable-Baselines3 learns with, and its model."""

from __future__ import annotations

import os
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from gitexp.record.guard import guarded
from gitexp.wandb.integration._run import begun


class WandbCallback(BaseCallback):  # type: ignore[misc]
    """The algorithm's settings as config, its model as a file, its policy watched.

    Its numbers go to TensorBoard; `wandb.init(sync_tensorboard=True)` takes them from there.
    """

    def __init__(
        self,
        verbose: int = 0,
        model_save_path: str | None = None,
        model_save_freq: int = 0,
        gradient_save_freq: int = 0,
        log: str | None = "all",
    ) -> None:
        """A run must have begun.

        Args:
            verbose: of Stable-Baselines3.
            model_save_path: a folder that the model is saved to.
            model_save_freq: steps from one save to the next; 0: at the end only.
            gradient_save_freq: steps from one sample of the policy's tensors to the next.
            log: what of the policy is watched: "gradients", "parameters", "all" or None.

        Raises:
            UsageError: no run has begun.
        """
        super().__init__(verbose)
        self._run = begun("WandbCallback()")
        self.model_save_path = model_save_path
        self.model_save_freq = model_save_freq if model_save_path is not None else 0
        self.gradient_save_freq = gradient_save_freq
        self.log = log
        if model_save_path is not None:
            os.makedirs(model_save_path, exist_ok=True)
            self.path = os.path.join(model_save_path, "model.zip")

    def _init_callback(self) -> None:
        self._take_settings()

    @guarded("the callback of Stable-Baselines3")
    def _take_settings(self) -> None:
        found: dict[str, Any] = {"algo": type(self.model).__name__}
        for key, value in vars(self.model).items():
            found[key] = value if isinstance(value, float | int | str) else str(value)
        self._run.config.setdefaults(found)
        if self.gradient_save_freq > 0:
            policy = self.model.policy
            self._run.watch(policy, log=self.log, log_freq=self.gradient_save_freq)

    def _on_step(self) -> bool:
        if self.model_save_freq > 0 and self.n_calls % self.model_save_freq == 0:
            self.save_model()
        return True

    def _on_training_end(self) -> None:
        if self.model_save_path is not None:
            self.save_model()

    @guarded("saving the model")
    def save_model(self) -> None:
        """Save the model and keep the file in the run."""
        self.model.save(self.path)
        self._run.save(self.path, base_path=self.model_save_path)
