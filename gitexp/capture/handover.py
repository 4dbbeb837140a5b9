"""What `gitexp record` hands over to the Python processes that its command starts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from gitexp.capture.argv import config_from_argv, parse_assignment
from gitexp.capture.inside.config import digest_of
from gitexp.capture.launchers import own_arguments
from gitexp.capture.selection import INSIDE
from gitexp.paths import wandb_stand_in
from gitexp.schema.tree import flatten
from gitexp.settings import Settings

CAPTURE_VARIABLE = "GITEXP_CAPTURE"
WANDB_VARIABLE = "GITEXP_WANDB"
PYTHON_VARIABLE = "GITEXP_PYTHON"
_STARTUP = Path(__file__).with_name("startup")


def handover(
    command: Sequence[str],
    captures: Sequence[str],
    assignments: Sequence[str] = (),
    settings: Settings | None = None,
    *,
    watch: bool = False,
) -> dict[str, str]:
    """Variables that bring the observers into the command's Python processes.

    Args:
        command: what is run. A parser that knows what its arguments mean replaces what was
            read from them without one.
        captures: the active ones.
        assignments: `--set` KEY=VALUE: keys that no observer overwrites.
        settings: of the project; by default the defaults.
        watch: whether the first model that is trained is watched.

    Returns:
        PYTHONPATH and GITEXP_CAPTURE; nothing if no capture looks inside.
    """
    inside = [name for name in captures if name in INSIDE]
    if not inside:
        return {}
    settings = settings or Settings()
    assigned = [parse_assignment(text)[0] for text in assignments]
    argv = config_from_argv(command) if "argv" in captures else {}
    facts = {
        "argv": [key for key in flatten(argv) if key not in assigned],
        "digest": digest_of(own_arguments(command)),
        "set": assigned,
        "budget": settings.checkpoints_budget_bytes,
        "share": settings.checkpoints_share,
        "watch": watch,
    }
    # The names stand first and bare: a process that says nothing need not load json.
    told = f"{','.join(inside)} {json.dumps(facts, separators=(',', ':'))}"
    return {"PYTHONPATH": _python_path(), CAPTURE_VARIABLE: told}


def with_stand_in(
    variables: dict[str, str], wanted: bool, *, always: bool = False
) -> dict[str, str]:
    """Add what lets gitexp answer `import wandb`, and the program `wandb`, in the command.

    Args:
        variables: of `handover`.
        wanted: whether it is to answer at all.
        always: also where wandb is installed.
    """
    if not wanted:
        return variables
    told = f"{'first' if always else 'last'}:{wandb_stand_in()}"
    programs, others = str(wandb_stand_in() / "bin"), os.environ.get("PATH", os.defpath)
    path = [programs, others] if always else [others, programs]
    return {
        **variables,
        "PYTHONPATH": _python_path(),
        "PATH": os.pathsep.join(path),
        PYTHON_VARIABLE: sys.executable,
        WANDB_VARIABLE: told,
    }


def _python_path() -> str:
    return os.pathsep.join(filter(None, (str(_STARTUP), os.environ.get("PYTHONPATH"))))
