"""The run that a framework's callback writes to, and the config that it brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitexp.capture._settings import as_number, plain_settings
from gitexp.record.active import ActiveRun
from gitexp.record.api import current, init
from gitexp.record.idle import IdleRun

__all__ = ["Settings", "as_number", "plain_settings", "run_for"]

Settings = Mapping[str, Any]


def run_for(options: Settings) -> ActiveRun | IdleRun:
    """The active run, else one that begins with these options of `gitexp.init`.

    Raises:
        GitexpError: there is none, and none can begin; the training has not begun either.
    """
    run = current()
    return init(**options) if run is None or run.ended else run
