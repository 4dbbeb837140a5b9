"""The trial that this process is at: what `init()` has to know of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitexp.wandb.sweeps.state import Trial

_current: tuple[Trial, str | None] | None = None


def enter(trial: Trial, project: str | None) -> None:
    """The next `init()` is this trial's."""
    global _current
    _current = trial, project


def leave() -> None:
    """It is over."""
    global _current
    _current = None


def current() -> tuple[Trial, str | None] | None:
    """The trial and the project of its sweep: an agent's in this process, or its parent's."""
    if _current is not None:
        return _current
    path = os.environ.get("WANDB_SWEEP_PARAM_PATH")
    if not path:
        return None
    from gitexp.wandb.sweeps.state import trial_of_file

    trial = trial_of_file(Path(path), os.environ.get("WANDB_SWEEP_ID"))
    return None if trial is None else (trial, None)
