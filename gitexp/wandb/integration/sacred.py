"""`wandb.sacred.WandbObserver`: config, metrics, results and files of a sacred experiment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from sacred.observers import RunObserver

import gitexp
from gitexp.wandb.integration._run import log_file


class WandbObserver(RunObserver):  # type: ignore[misc,unused-ignore]
    """Logs what sacred says of an experiment to a run, which begins with this object.

    Args:
        how: of `gitexp.init`.
    """

    def __init__(self, **how: Any) -> None:
        self.run = gitexp.init(**how)
        self.resources: dict[str, str] = {}

    def started_event(
        self,
        ex_info: Any,
        command: Any,
        host_info: Any,
        start_time: Any,
        config: Mapping[str, Any],
        meta_info: Any,
        _id: Any,
    ) -> None:
        """Keep the config."""
        self.run.config.update(config, allow_val_change=True)
        self.run.config["resources"] = []

    def completed_event(self, stop_time: Any, result: Any) -> None:
        """Log what it returned: dicts as they are, anything else by its place."""
        if result is None:
            return
        results = result if isinstance(result, tuple) else (result,)
        for place, value in enumerate(results):
            name = f"result_{place}"
            if isinstance(value, Mapping):
                self.run.log(value)
            elif isinstance(value, str | os.PathLike) and os.path.exists(value):
                log_file(self.run, value, f"{name}.pkl", type="result")
            else:
                self.run.log({name: _shown(value)})

    def artifact_event(
        self, name: str, filename: str, metadata: Any = None, content_type: str | None = None
    ) -> None:
        """Keep a file as an artifact."""
        log_file(self.run, filename, name, type=content_type or "file")

    def resource_event(self, filename: str) -> None:
        """Remember what was read."""
        self.resources.setdefault(filename, os.path.abspath(filename))

    def log_metrics(self, metrics_by_name: Mapping[str, Any], info: Any) -> None:
        """Log what came since the last call, a row for each value."""
        for name, metric in metrics_by_name.items():
            for value in metric["values"]:
                self.run.log({name: _shown(value)})


def _shown(value: Any) -> Any:
    """Arrays are pictures."""
    if type(value).__module__ == "numpy" and getattr(value, "ndim", 0) > 1:
        return gitexp.Image(value)
    return value
