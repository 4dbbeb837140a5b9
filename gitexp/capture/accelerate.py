"""Accelerate: `Accelerator(log_with=GitexpTracker())`."""

from __future__ import annotations

from typing import Any

from accelerate.tracking import GeneralTracker, on_main_process

from gitexp.capture._active import run_for
from gitexp.capture._settings import plain_settings
from gitexp.record.active import ActiveRun
from gitexp.record.idle import IdleRun


class GitexpTracker(GeneralTracker):  # type: ignore[misc]
    """What `accelerator.init_trackers`, `log` and `end_training` tell a tracker."""

    name = "gitexp"
    requires_logging_directory = False

    @on_main_process  # type: ignore[untyped-decorator]
    def __init__(self, **options: Any) -> None:
        """Begin, or join, the run.

        Args:
            options: of `gitexp.init`, where no run is active yet.
        """
        super().__init__()
        self._run = run_for(options)

    @property
    def tracker(self) -> ActiveRun | IdleRun:
        """The run."""
        return self._run

    @on_main_process  # type: ignore[untyped-decorator]
    def store_init_configuration(self, values: dict[str, Any]) -> None:
        """`init_trackers(config=…)` becomes the run's config."""
        self._run.config.update(plain_settings(values))

    @on_main_process  # type: ignore[untyped-decorator]
    def log(self, values: dict[str, Any], step: int | None = None, **kwargs: Any) -> None:
        """Metrics of a step."""
        self._run.log(values, step=step)

    @on_main_process  # type: ignore[untyped-decorator]
    def finish(self) -> None:
        """`end_training` ends the run."""
        self._run.finish()
