"""`python -m gitexp.wandb`: wandb's command line, answered from the repository."""

import sys

from gitexp.programs import run_group
from gitexp.wandb.command.group import wandb

if __name__ == "__main__":
    sys.exit(run_group(wandb, None, "wandb"))
