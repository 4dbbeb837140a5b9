"""`gitexp record --watch`: the first model that is trained is watched as by `gitexp.watch`."""

from __future__ import annotations

import sys
from typing import Any


def begin(model: Any) -> None:
    """Watch a model. As the script logs nothing, steps are those of what it gives a library, or
    the optimizer's own."""
    from gitexp.capture import watch_updates
    from gitexp.capture.watch import watch

    def step_of(run: Any, update: int) -> int:
        if run.step:
            return int(run.step)
        metrics = sys.modules.get("gitexp.capture.inside.metrics")
        last = metrics.last_step() if metrics is not None else None
        return update if last is None else int(last)

    watch_updates.step_of = step_of
    watch(model)
