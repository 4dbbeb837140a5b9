"""fastai: the losses and metrics of each epoch, as the Recorder has them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe the Recorder's end of an epoch."""
    observe("fastai", module.Recorder, "after_epoch", _epoch)


def _epoch(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    recorder = args[0]
    if not recorder.values:
        return
    names = [str(name) for name in recorder.metric_names][1:]
    values = list(recorder.values[-1])
    metrics.log("fastai", dict(zip(names, values, strict=False)), recorder.learn.epoch)
