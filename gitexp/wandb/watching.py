"""`watch` and `unwatch`: gitexp's own, and for scripts written for wandb the rows that it logs."""

from __future__ import annotations

from typing import Any

from gitexp.capture import watch as own
from gitexp.record.active import ActiveRun
from gitexp.record.api import current
from gitexp.wandb.scripts import is_for_wandb

_LOG_FREQ = 100
_WANDBS_LOG_FREQ = 1000


def watch(
    models: Any,
    criterion: Any = None,
    log: str | None = "gradients",
    log_freq: int | None = None,
    idx: int | None = None,
    log_graph: bool = True,
) -> None:
    """Watch a model while it is trained by a torch.optim optimizer.

    Every `log_freq`-th update is sampled: histograms and statistics of what the optimizer gets go
    to histograms.jsonl, and the run's diagnostics are made of them. Beyond 256 samples their
    distance doubles. Nothing waits for the device, and an error here never stops the training.

    A script that calls it as `wandb.watch` has histograms of gradients and parameters in its rows,
    too, under wandb's keys.

    Args:
        models: a torch.nn.Module, or several.
        criterion: accepted for wandb's sake, and not needed.
        log: "gradients", "parameters", "activations", "all", or None for nothing.
        log_freq: updates from one sample to the next: 100; of rows it is 1000.
        idx: number of the first model in the keys of rows.
        log_graph: whether the model's structure is kept in model.json: of the first model that is
            watched, with the shapes of its first forward pass.

    Raises:
        ValueError: `wandb.watch` does not know `log`.
        TypeError: `wandb.watch` is given something that is no torch.nn.Module.
    """
    own.watch(models, criterion, log, log_freq or _LOG_FREQ, idx, log_graph)
    run = current()
    if isinstance(run, ActiveRun) and log != "activations" and is_for_wandb():
        from gitexp.wandb import watch_rows

        watch_rows.watch(models, log, log_freq or _WANDBS_LOG_FREQ, idx)


def unwatch(models: Any = None) -> None:
    """Stop watching these models, by default all; what was sampled is kept."""
    own.unwatch(models)
    if is_for_wandb():
        from gitexp.wandb import watch_rows

        watch_rows.unwatch(models)
