"""The run that a framework's callback writes to, and the config that it brings."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any

from gitexp.capture._settings import as_number, plain_settings
from gitexp.record.active import ActiveRun
from gitexp.record.api import current, leave_open
from gitexp.record.idle import IdleRun

__all__ = ["Settings", "as_number", "plain_settings", "run_for"]

Settings = Mapping[str, Any]


def run_for(options: Settings) -> ActiveRun | IdleRun:
    """The active run, else one that begins with these options of `gitexp.init`.

    Raises:
        GitexpError: there is none, and none can begin; the training has not begun either.
    """
    run = current()
    if run is not None and not run.ended:
        return run
    # The package's own init(): a later one of the script's joins its run.
    begun: ActiveRun | IdleRun = sys.modules["gitexp"].init(**options)
    leave_open()
    return begun
