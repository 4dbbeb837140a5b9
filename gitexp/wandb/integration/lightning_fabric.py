"""`wandb.integration.lightning.fabric`: the logger for Lightning's Fabric."""

from __future__ import annotations

import os
from typing import Any

from lightning.pytorch.loggers import WandbLogger as OfLightning


class WandbLogger(OfLightning):  # type: ignore[misc]
    """Lightning's own `WandbLogger`, which logs for Fabric as well, with Fabric's project."""

    def __init__(
        self,
        name: str | None = None,
        save_dir: str | os.PathLike[str] = ".",
        version: str | None = None,
        offline: bool = False,
        dir: str | os.PathLike[str] | None = None,
        id: str | None = None,
        anonymous: bool | None = None,
        project: str | None = None,
        **how: Any,
    ) -> None:
        """Take what `wandb.init` is to be given.

        Args:
            name: of the run.
            save_dir: see `wandb.init`'s `dir`.
            version: the run's id.
            offline: accepted for wandb's sake: nothing is sent anywhere.
            dir: the same as `save_dir`.
            id: the same as `version`.
            anonymous: accepted for wandb's sake.
            project: of the run.
            **how: Lightning's `log_model`, `prefix` and so on, and more of `wandb.init`'s.
        """
        project = project or os.environ.get("WANDB_PROJECT", "lightning_fabric_logs")
        super().__init__(name, save_dir, version, offline, dir, id, anonymous, project, **how)
