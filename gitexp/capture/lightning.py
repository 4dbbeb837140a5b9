"""Lightning's logger: `Trainer(logger=GitexpLogger())`."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitexp.capture._active import run_for
from gitexp.capture._settings import plain_settings
from gitexp.capture.watch import watch
from gitexp.record.active import ActiveRun
from gitexp.record.guard import guarded
from gitexp.record.idle import IdleRun

# Both packages of it are in use; a logger must be of the one that the script has.
if "pytorch_lightning" in sys.modules and "lightning" not in sys.modules:
    from pytorch_lightning.loggers import Logger
    from pytorch_lightning.utilities import rank_zero_only
else:
    from lightning.pytorch.loggers import Logger
    from lightning.pytorch.utilities import rank_zero_only


class GitexpLogger(Logger):  # type: ignore[misc]
    """Metrics, hyperparameters and checkpoints of a Trainer.

    The Trainer's checkpoints (ModelCheckpoint) become checkpoints of the run, unless
    `checkpoints=False`. The run goes on after `fit`, for `test`; it ends with the script or at
    `gitexp.finish()`.
    """

    def __init__(self, *, checkpoints: bool = True, **options: Any) -> None:
        """The run begins when it is first needed.

        Args:
            checkpoints: whether the Trainer's checkpoints are kept.
            options: of `gitexp.init`, where no run is active yet.
        """
        super().__init__()
        self._checkpoints = checkpoints
        self._options = options
        self._run: ActiveRun | IdleRun | None = None
        self._kept: dict[str, float] = {}  # path → mtime

    @property
    def experiment(self) -> ActiveRun | IdleRun:
        """The run."""
        if self._run is None:
            self._run = run_for(self._options)
        return self._run

    @property
    def name(self) -> str:
        """The run's name; Lightning's own checkpoints lie in a folder of that name."""
        return self.experiment.name

    @property
    def version(self) -> str:
        """The run's id."""
        return self.experiment.id

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_hyperparams(self, params: Mapping[str, Any] | Namespace, *args: Any) -> None:
        """Hyperparameters become the run's config."""
        values = vars(params) if isinstance(params, Namespace) else params
        self.experiment.config.update(plain_settings(values))

    @rank_zero_only  # type: ignore[untyped-decorator]
    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Metrics of a step of the Trainer."""
        self.experiment.log(metrics, step=step)

    @rank_zero_only  # type: ignore[untyped-decorator]
    def watch(self, model: Any, log: str | None = "gradients", log_freq: int = 100) -> None:
        """As `gitexp.watch`."""
        _ = self.experiment  # begins the run
        watch(model, log=log, log_freq=log_freq)

    @rank_zero_only  # type: ignore[untyped-decorator]
    def after_save_checkpoint(self, checkpoint_callback: Any) -> None:
        """Keep what ModelCheckpoint has written."""
        if self._checkpoints:
            self._keep(checkpoint_callback)

    @guarded("keeping Lightning's checkpoint")
    def _keep(self, callback: Any) -> None:
        import torch

        scores = {str(path): score for path, score in callback.best_k_models.items()}
        for path in dict.fromkeys([*scores, callback.last_model_path, callback.best_model_path]):
            file = Path(path)
            if not path or not file.is_file() or self._kept.get(path) == file.stat().st_mtime:
                continue
            self._kept[path] = file.stat().st_mtime
            state = torch.load(file, map_location="cpu", weights_only=True)
            score = scores.get(path)
            self.experiment.save_checkpoint(
                {key: state[key] for key in ("state_dict", "optimizer_states") if key in state},
                step=int(state.get("global_step", 0)),
                label=file.stem,
                metrics={} if score is None else {str(callback.monitor): float(score)},
                strict=False,
            )
