"""`wandb.integration.keras`: metrics, tables and models of Keras under wandb's names."""

from __future__ import annotations

import os
from typing import Any

from keras import callbacks

from gitexp.record.guard import guarded
from gitexp.record.media.table import Table
from gitexp.wandb.integration._run import begun, log_file


class WandbMetricsLogger(callbacks.Callback):  # type: ignore[misc]
    """Metrics and the learning rate, under `epoch/` or `batch/`."""

    def __init__(
        self, log_freq: str | int = "epoch", initial_global_step: int = 0, **unused: Any
    ) -> None:
        """A run must have begun.

        Args:
            log_freq: "epoch", "batch", or a number of batches from one row to the next.
            initial_global_step: for learning-rate schedules of trainings that go on.
            unused: keywords that wandb takes.

        Raises:
            UsageError: no run has begun.
        """
        super().__init__()
        self._run = begun("WandbMetricsLogger()", "keras")
        self._every = 1 if log_freq == "batch" else log_freq if log_freq != "epoch" else None
        self._batch = 0
        self._step = initial_global_step
        own, metrics = (
            ("batch/batch_step", "batch/*") if self._every else ("epoch/epoch", "epoch/*")
        )
        self._run.define_metric(own)
        self._run.define_metric(metrics, step_metric=own)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Log a batch, if that is wanted."""
        self._step += 1
        if isinstance(self._every, int) and batch % self._every == 0:
            self._log("batch", {**(logs or {}), "batch_step": self._batch})
            self._batch += self._every

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log an epoch."""
        self._log("epoch", {**(logs or {}), "epoch": epoch})

    @guarded("Keras' callback")
    def _log(self, prefix: str, values: dict[str, Any]) -> None:
        row = {f"{prefix}/{key}": value for key, value in values.items()}
        rate = _learning_rate(self.model, self._step)
        self._run.log(row if rate is None else {**row, f"{prefix}/learning_rate": rate})


def _learning_rate(model: Any, step: int) -> float | None:
    rate = getattr(getattr(model, "optimizer", None), "learning_rate", None)
    if rate is not None and callable(rate) and not hasattr(rate, "numpy"):
        rate = rate(step)
    if rate is None:
        return None
    from keras import ops

    return float(ops.convert_to_numpy(rate))


class WandbModelCheckpoint(callbacks.ModelCheckpoint):  # type: ignore[misc]
    """Keras' ModelCheckpoint, whose files are kept as versions of an artifact."""

    def __init__(self, filepath: Any, *args: Any, **keywords: Any) -> None:
        """A run must have begun; arguments are ModelCheckpoint's.

        Raises:
            UsageError: no run has begun.
        """
        super().__init__(os.fspath(filepath), *args, **keywords)
        self._run = begun("WandbModelCheckpoint()")

    def _save_model(self, epoch: int, batch: int | None, logs: Any) -> None:
        path = self._get_file_path(epoch, batch, logs)
        before = _mtime(path)
        super()._save_model(epoch, batch, logs)
        # With save_best_only there may be nothing new.
        if _mtime(path) not in (None, before):
            name = f"epoch_{epoch}" if batch is None else f"epoch_{epoch}_batch_{batch}"
            self._keep(path, ["latest", name])

    @guarded("keeping Keras' model")
    def _keep(self, path: str, aliases: list[str]) -> None:
        log_file(self._run, path, f"run_{self._run.id}_model", aliases)


def _mtime(path: str) -> int | None:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return None


class WandbEvalCallback(callbacks.Callback):  # type: ignore[misc]
    """Tables of predictions, one each epoch; derive from it and fill them.

    Attributes:
        data_table: samples and their truth, filled by `add_ground_truth`.
        data_table_ref: the same table, for `add_model_predictions` to refer to.
        pred_table: filled by `add_model_predictions` each epoch.
    """

    def __init__(self, data_table_columns: list[str], pred_table_columns: list[str]) -> None:
        """A run must have begun.

        Args:
            data_table_columns: names.
            pred_table_columns: names.

        Raises:
            UsageError: no run has begun.
        """
        super().__init__()
        self._run = begun("WandbEvalCallback()")
        self.data_table_columns = data_table_columns
        self.pred_table_columns = pred_table_columns
        self.data_table_ref: Table | None = None

    def on_train_begin(self, logs: dict[str, Any] | None = None) -> None:
        """Fill and log the samples."""
        self.init_data_table(self.data_table_columns)
        self.add_ground_truth(logs)
        self.log_data_table()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Fill and log the predictions."""
        self.init_pred_table(self.pred_table_columns)
        self.add_model_predictions(epoch, logs)
        self.log_pred_table()

    def add_ground_truth(self, logs: dict[str, Any] | None = None) -> None:
        """Add rows to `data_table`.

        Raises:
            NotImplementedError: the class that derives from this has to say how.
        """
        raise NotImplementedError(f"{type(self).__name__}.add_ground_truth")

    def add_model_predictions(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Add rows to `pred_table`.

        Raises:
            NotImplementedError: the class that derives from this has to say how.
        """
        raise NotImplementedError(f"{type(self).__name__}.add_model_predictions")

    def init_data_table(self, column_names: list[str]) -> None:
        """Begin a table of samples."""
        self.data_table = Table(columns=column_names, allow_mixed_types=True)

    def init_pred_table(self, column_names: list[str]) -> None:
        """Begin a table of predictions."""
        self.pred_table = Table(columns=column_names)

    def log_data_table(self, name: str = "val", type: str = "dataset", **unused: Any) -> None:
        """Log the samples."""
        self.data_table_ref = self.data_table
        self._run.log({f"{name}_data": self.data_table}, commit=False)

    def log_pred_table(
        self, type: str = "evaluation", table_name: str = "eval_data", **unused: Any
    ) -> None:
        """Log the predictions."""
        self._run.log({table_name: self.pred_table})


class WandbCallback(callbacks.Callback):  # type: ignore[misc]
    """The older callback: metrics of each epoch under their own names, and the best model."""

    def __init__(
        self,
        monitor: str = "val_loss",
        mode: str = "auto",
        save_model: bool = True,
        log_batch_frequency: int | None = None,
        log_weights: bool = False,
        log_gradients: bool = False,
        **unused: Any,
    ) -> None:
        """A run must have begun.

        Args:
            monitor: the metric that says which epoch is the best.
            mode: "min", "max", or "auto", which goes by the metric's name.
            save_model: keep the best epoch's model as model-best.keras.
            log_batch_frequency: also log each so many batches.
            log_weights: accepted for wandb's sake.
            log_gradients: accepted for wandb's sake.
            unused: keywords that wandb takes.

        Raises:
            UsageError: no run has begun.
        """
        super().__init__()
        self._run = begun("WandbCallback()", "keras")
        self.monitor, self.save_model = monitor, save_model
        higher = mode == "max" or (mode == "auto" and ("acc" in monitor or "auc" in monitor))
        self._sign = -1.0 if higher else 1.0
        self.best: float | None = None
        self._every = log_batch_frequency

    @guarded("Keras' callback")
    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Log a batch, if that is wanted."""
        if self._every and batch % self._every == 0:
            self._run.log(logs or {})

    @guarded("Keras' callback")
    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Log the epoch; keep the model if it is the best."""
        values = logs or {}
        rate = _learning_rate(self.model, 0) if "lr" not in values else None
        self._run.log({"epoch": epoch, **values, **({} if rate is None else {"lr": rate})})
        value = values.get(self.monitor)
        if value is None:
            return
        if self.best is None or float(value) * self._sign < self.best * self._sign:
            self.best = float(value)
            self._run.summary.update({f"best_{self.monitor}": self.best, "best_epoch": epoch})
            if self.save_model:
                path = os.path.join(self._run.dir, "model-best.keras")
                self.model.save(path)


def patch_tf_keras() -> None:
    """Do nothing: keras is used itself."""
