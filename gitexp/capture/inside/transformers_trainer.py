"""Hugging Face's Trainer: what it logs, its arguments and the model's config."""

from __future__ import annotations

import dataclasses
import sys
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import TRACKERS, observe, observe_named

# Where the Trainer writes and whom it tells is no hyperparameter.
_ASIDE = (
    "output_dir", "logging_dir", "report_to", "run_name", "hub_", "push_to_hub", "_n_gpu",
    "disable_tqdm", "local_rank",
)  # fmt: skip
_ALWAYS = frozenset(
    ["learning_rate", "per_device_train_batch_size", "gradient_accumulation_steps", "seed",
     "num_train_epochs", "max_steps", "optim", "lr_scheduler_type", "warmup_steps", "warmup_ratio",
     "weight_decay", "max_grad_norm", "bf16", "fp16"]
)  # fmt: skip


def install(module: ModuleType) -> None:
    """Observe Trainer.log, which all metrics pass, and the start of a training."""
    observe_named("transformers", module.Trainer, "log", _logged, instead_of=TRACKERS)
    observe("transformers_begin", module.Trainer, "_inner_training_loop", _begins, before=True)


def _logged(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    if _tells_us_itself(given["self"]):
        metrics.leave("transformers")
    state = given["self"].state
    if state.is_world_process_zero:
        metrics.log("transformers", given["logs"], state.global_step)


def _tells_us_itself(trainer: Any) -> bool:
    """Whether one of its callbacks logs to gitexp: ours, or wandb's where gitexp stands in."""
    kinds = {type(callback).__name__ for callback in trainer.callback_handler.callbacks}
    stand_in = type(sys.modules.get("wandb")).__name__ == "StandIn"
    return "GitexpCallback" in kinds or (stand_in and "WandbCallback" in kinds)


def _begins(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture._settings import plain_settings
    from gitexp.capture.inside import config

    trainer = args[0]
    chosen = _chosen(trainer.args)
    config.add(config.OBJECTS, "transformers", plain_settings(chosen))
    to_dict = getattr(getattr(trainer.model, "config", None), "to_dict", None)
    if callable(to_dict):
        config.add(config.OBJECTS, "transformers", {"model": plain_settings(to_dict())})


def _chosen(arguments: Any) -> dict[str, Any]:
    """Of the hundred arguments those that everybody tells, and those that are no defaults."""
    defaults = {field.name: field.default for field in dataclasses.fields(arguments)}
    return {
        key: value
        for key, value in arguments.to_dict().items()
        if not key.startswith(_ASIDE)
        and value is not None
        and (key in _ALWAYS or (key in defaults and _differs(value, defaults[key])))
    }


def _differs(value: Any, default: Any) -> bool:
    # Where the default is made anew for each, what it is cannot be told.
    plain = getattr(default, "value", default)  # of an enum
    return default is not dataclasses.MISSING and default is not None and value not in (plain, [])
