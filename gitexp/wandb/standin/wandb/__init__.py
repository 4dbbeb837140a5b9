"""`import wandb` under `gitexp record`, where wandb is not installed: gitexp answers."""

try:
    from gitexp.wandb.stand_in import StandIn, fill
except ModuleNotFoundError as error:
    if error.name != "gitexp":
        raise
    # A Python that has neither: what it would have said without us.
    raise ModuleNotFoundError("No module named 'wandb'", name="wandb") from None

import sys

sys.modules[__name__].__class__ = StandIn
fill(sys.modules[__name__])
