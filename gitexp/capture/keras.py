"""Keras: `model.fit(..., callbacks=[GitexpCallback()])`, with any backend."""

from __future__ import annotations

from typing import Any

from keras import callbacks, ops

from gitexp.capture._active import run_for
from gitexp.capture._settings import plain_settings
from gitexp.record.guard import guarded


class GitexpCallback(callbacks.Callback):  # type: ignore[misc]
    """The optimizer's settings, the numbers of each epoch and, if wanted, the weights.

    The run goes on after `fit`, for `evaluate`; it ends with the script or at `gitexp.finish()`.
    """

    def __init__(
        self, *, log_freq: int | None = None, checkpoints: bool = False, **options: Any
    ) -> None:
        """The run begins with the training.

        Args:
            log_freq: batches from one row of running means (`batch.loss`) to the next; None: no
                such rows. With them a step is a batch, without them an epoch.
            checkpoints: whether the weights are kept after each epoch.
            options: of `gitexp.init`, where no run is active yet.
        """
        super().__init__()
        self._log_freq = log_freq
        self._checkpoints = checkpoints
        self._options = options
        self._batches = 0

    @guarded("Keras' callback")
    def on_train_begin(self, logs: Any = None) -> None:
        """Begin, or join, the run; take the config."""
        run = run_for(self._options)
        found = {key: self.params[key] for key in ("epochs", "steps") if self.params.get(key)}
        optimizer = getattr(self.model, "optimizer", None)
        if optimizer is not None:
            found["optimizer"] = plain_settings(optimizer.get_config())
        loss = getattr(self.model, "loss", None)
        if loss is not None:
            found["loss"] = loss if isinstance(loss, str) else getattr(loss, "name", str(loss))
        if self.model.built:
            found["parameters"] = self.model.count_params()
        run.config.update(found)

    @guarded("Keras' callback")
    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        """Log the running means, where that is wanted."""
        self._batches += 1
        if self._log_freq and self._batches % self._log_freq == 0 and logs:
            row = {f"batch.{key}": _number(value) for key, value in logs.items()}
            run_for(self._options).log(row, step=self._batches)

    @guarded("Keras' callback")
    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Log the epoch's numbers and the learning rate; keep the weights."""
        run = run_for(self._options)
        row = {key: _number(value) for key, value in (logs or {}).items()}
        rate = getattr(getattr(self.model, "optimizer", None), "learning_rate", None)
        step = self._batches if self._log_freq else epoch
        run.log(row if rate is None else {"learning_rate": _number(rate), **row}, step=step)
        if self._checkpoints:
            run.save_checkpoint(
                weights_of(self.model), step=step, label=f"epoch-{epoch}", metrics=row
            )


def weights_of(model: Any) -> dict[str, Any]:
    """Path of each weight → array, on the CPU; `set_weights` takes their values, in this order."""
    weights = zip(model.weights, model.get_weights(), strict=True)
    return {weight.path: array for weight, array in weights}


def _number(value: Any) -> float:
    return float(ops.convert_to_numpy(value))
