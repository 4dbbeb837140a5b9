"""Hugging Face's Trainer: `Trainer(..., callbacks=[GitexpCallback()])`."""

from __future__ import annotations

from typing import Any

from transformers import TrainerCallback

from gitexp.capture._active import run_for
from gitexp.capture._settings import plain_settings
from gitexp.capture.watch import watch
from gitexp.record.guard import guarded

# Where the Trainer writes and whom it tells is no hyperparameter.
_ASIDE = ("output_dir", "logging_dir", "report_to", "run_name", "hub_", "push_to_hub", "_n_gpu")


class GitexpCallback(TrainerCallback):  # type: ignore[misc]
    """Arguments, the model's config, metrics and, if wanted, checkpoints of a Trainer.

    The run goes on after `train`, for `evaluate`; it ends with the script or at `gitexp.finish()`.
    """

    def __init__(
        self, *, checkpoints: bool = False, watch: str | None = None, **options: Any
    ) -> None:
        """The run begins with the training.

        Args:
            checkpoints: whether the model is kept whenever the Trainer saves it.
            watch: what of the model is watched: "gradients", "parameters", "all".
            options: of `gitexp.init`, where no run is active yet.
        """
        self._checkpoints = checkpoints
        self._watch = watch
        self._options = options

    @guarded("the Trainer's callback")
    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Begin, or join, the run; take the config."""
        if not state.is_world_process_zero:
            return
        run = run_for(self._options)
        model = kwargs.get("model")
        settings = plain_settings(args.to_dict())
        run.config.update({k: v for k, v in settings.items() if not k.startswith(_ASIDE)})
        to_dict = getattr(getattr(model, "config", None), "to_dict", None)
        if callable(to_dict):
            run.config.update({"model": plain_settings(to_dict())})
        if self._watch and model is not None:
            watch(model, log=self._watch, log_freq=max(1, int(args.logging_steps)))

    @guarded("the Trainer's callback")
    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **kwargs: Any) -> None:
        """Metrics; those of an evaluation begin with `eval_`, as the Trainer names them."""
        if state.is_world_process_zero and logs:
            run_for(self._options).log(logs, step=state.global_step)

    @guarded("the Trainer's callback")
    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Keep the model."""
        model = kwargs.get("model")
        if not self._checkpoints or not state.is_world_process_zero or model is None:
            return
        latest = state.log_history[-1] if state.log_history else {}
        run_for(self._options).save_checkpoint(
            model,
            step=state.global_step,
            metrics={k: v for k, v in latest.items() if k.startswith("eval_")},
        )
