"""Hugging Face's Trainer: what it logs, its arguments and the model's config."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import TRACKERS, observe, observe_named

# Where the Trainer writes and whom it tells is no hyperparameter.
_ASIDE = ("output_dir", "logging_dir", "report_to", "run_name", "hub_", "push_to_hub", "_n_gpu")


def install(module: ModuleType) -> None:
    """Observe Trainer.log, which all metrics pass, and the start of a training."""
    observe_named("transformers", module.Trainer, "log", _logged, instead_of=TRACKERS)
    observe("transformers_begin", module.Trainer, "_inner_training_loop", _begins, before=True)


def _logged(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    state = given["self"].state
    if state.is_world_process_zero:
        metrics.log("transformers", given["logs"], state.global_step)


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
    """Arguments without those that say where to write, and whom to tell."""
    found = arguments.to_dict()
    return {k: v for k, v in found.items() if not k.startswith(_ASIDE) and v is not None}
