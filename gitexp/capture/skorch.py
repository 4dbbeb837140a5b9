"""skorch: `NeuralNet(..., callbacks=[GitexpCallback()])`."""

from __future__ import annotations

from typing import Any

from skorch.callbacks import Callback

from gitexp.capture._active import run_for
from gitexp.capture._settings import plain_settings
from gitexp.capture.watch import watch
from gitexp.record.guard import guarded


class GitexpCallback(Callback):  # type: ignore[misc]
    """Parameters of a net, and the numbers of each epoch of its history."""

    def __init__(self, *, watch: str | None = None, log_freq: int = 100, **options: Any) -> None:
        """The run begins with the training.

        Args:
            watch: what of the module is watched: "gradients", "parameters", "all".
            log_freq: updates from one sample of it to the next.
            options: of `gitexp.init`, where no run is active yet.
        """
        self.watch = watch
        self.log_freq = log_freq
        self.options = options

    @guarded("skorch's callback")
    def on_train_begin(self, net: Any, X: Any = None, y: Any = None, **kwargs: Any) -> None:
        """Begin, or join, the run; take the config."""
        run = run_for(self.options)
        own = {k: v for k, v in net.get_params(deep=False).items() if k != "callbacks"}
        settings = plain_settings(own)
        for part in ("module", "criterion", "optimizer"):
            if isinstance(getattr(net, part, None), type):
                settings[part] = getattr(net, part).__name__
        run.config.update(settings)
        if self.watch:
            watch(net.module_, log=self.watch, log_freq=self.log_freq)

    @guarded("skorch's callback")
    def on_epoch_end(self, net: Any, **kwargs: Any) -> None:
        """Log the epoch's numbers."""
        epoch = net.history[-1]
        row = {
            key: value
            for key, value in epoch.items()
            if isinstance(value, int | float) and not key.endswith("_best") and key != "epoch"
        }
        run_for(self.options).log(row, step=int(epoch["epoch"]))
