"""Scripts written for wandb: their runs have what wandb's would have, and nothing beside it."""

from __future__ import annotations

import os
import sys


def is_for_wandb() -> bool:
    """Whether the script calls gitexp by wandb's name."""
    own = sys.modules["gitexp"]
    script = vars(sys.modules["__main__"])
    frame = sys._getframe(1)
    while str(frame.f_globals.get("__name__", "")).partition(".")[0] == "gitexp":
        if frame.f_back is None:
            break
        frame = frame.f_back
    if any(names.get("wandb") is own for names in (script, frame.f_globals, frame.f_locals)):
        return True
    # Libraries import the stand-in, too, in scripts that log to gitexp by its own name.
    return type(sys.modules.get("wandb")).__name__ == "StandIn" and "gitexp" not in script


def leave_to_script() -> None:
    """Keep none of what libraries are given and what is printed, once the script has its run.

    With wandb the run has what was logged and nothing else: as many rows, at the same steps, and
    no config but what the script gave it. The command's own arguments are kept beside that.
    """
    if "GITEXP_CAPTURE" in os.environ and is_for_wandb():
        from gitexp.capture.inside import config, metrics

        metrics.leave_all()
        config.leave_guesses()
