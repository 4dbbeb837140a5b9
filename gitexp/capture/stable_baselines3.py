"""Stable-Baselines3: `model.learn(..., callback=GitexpCallback())`."""

from __future__ import annotations

from typing import Any

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter

from gitexp.capture._active import run_for
from gitexp.capture._settings import plain_settings
from gitexp.capture.watch import watch
from gitexp.record.guard import guarded


class GitexpCallback(BaseCallback):  # type: ignore[misc]
    """The algorithm's settings, all that its logger dumps and, at the end, the policy."""

    def __init__(
        self,
        *,
        checkpoints: bool = True,
        watch: str | None = None,
        log_freq: int = 100,
        verbose: int = 0,
        **options: Any,
    ) -> None:
        """The run begins with the learning.

        Args:
            checkpoints: whether the policy is kept at the end, with its optimizers.
            watch: what of the policy is watched: "gradients", "parameters", "all".
            log_freq: updates from one sample of it to the next.
            verbose: of Stable-Baselines3.
            options: of `gitexp.init`, where no run is active yet.
        """
        super().__init__(verbose)
        self._checkpoints = checkpoints
        self._watch = watch
        self._log_freq = log_freq
        self._options = options

    @guarded("the callback of Stable-Baselines3")
    def _on_training_start(self) -> None:
        run = run_for(self._options)
        own = {k: v for k, v in vars(self.model).items() if not k.startswith("_")}
        settings = plain_settings({k: own[k] for k in own if k not in _ASIDE})
        run.config.update({"algorithm": type(self.model).__name__, **settings})
        self.logger.output_formats.append(_Writer(self._options))
        if self._watch:
            watch(self.model.policy, log=self._watch, log_freq=self._log_freq)

    def _on_step(self) -> bool:
        return True

    @guarded("the callback of Stable-Baselines3")
    def _on_training_end(self) -> None:
        formats = self.logger.output_formats
        formats[:] = [one for one in formats if not isinstance(one, _Writer)]
        if self._checkpoints:
            run_for(self._options).save_checkpoint(
                self.model.get_parameters(), step=self.num_timesteps, label="last"
            )


# What changes while it learns, or says where and how loudly it runs.
_ASIDE = ("verbose", "num_timesteps", "start_time", "tensorboard_log", "ep_info_buffer")


class _Writer(KVWriter):  # type: ignore[misc]
    """One more format that the logger writes."""

    def __init__(self, options: dict[str, Any]) -> None:
        self._options = options

    @guarded("the callback of Stable-Baselines3")
    def write(
        self, key_values: dict[str, Any], key_excluded: dict[str, tuple[str, ...]], step: int = 0
    ) -> None:
        row = {key: value for key, value in key_values.items() if not key.startswith("time/")}
        run_for(self._options).log(row, step=step)

    def close(self) -> None:
        """Nothing is open."""
