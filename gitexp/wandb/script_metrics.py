"""A script written for wandb says itself what its metrics are: `gitexp record` adds none."""

from __future__ import annotations

import os
import sys


def leave_to_script() -> None:
    """Keep none of what libraries are given and what is printed, once the script has its run.

    With wandb the run has what was logged and nothing else: as many rows, at the same steps.
    """
    if "GITEXP_CAPTURE" in os.environ and _is_for_wandb():
        from gitexp.capture.inside import metrics

        metrics.leave_all()


def _is_for_wandb() -> bool:
    script = vars(sys.modules["__main__"])
    if script.get("wandb") is sys.modules["gitexp"]:
        return True
    # Libraries import the stand-in, too, in scripts that log to gitexp by its own name.
    return type(sys.modules.get("wandb")).__name__ == "StandIn" and "gitexp" not in script
