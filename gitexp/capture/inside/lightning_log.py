"""Lightning: what `self.log` says, whatever logger there is, or none."""

from __future__ import annotations

from typing import Any

from gitexp.capture.inside.guard import TRACKERS, observe


def install(module: Any) -> None:
    """Observe where all logged metrics pass on their way to the loggers."""
    connector = module._LoggerConnector
    observe("lightning", connector, "log_metrics", _logged, instead_of=TRACKERS)


def _logged(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    values = dict(args[1] if len(args) > 1 else kwargs["metrics"])
    step = args[2] if len(args) > 2 else kwargs.get("step")
    if step is None:
        step = values.pop("step", None)
    if step is None:
        step = args[0].trainer.fit_loop.epoch_loop._batches_that_stepped
    metrics.log("lightning", values, step)
