"""Where a run begins: which process this is, in which repository, and what was typed."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from gitexp.errors import NotARepository
from gitexp.store.repository import Repository

_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")
_OFF = ("disabled", "off", "0", "false", "no")


def is_disabled(mode: str | None) -> bool:
    """Whether nothing is to be recorded here: asked for, or not the process that records."""
    if mode == "disabled" or os.environ.get("GITEXP_MODE", "").lower() in _OFF:
        return True
    if os.environ.get("GITEXP_RANKS") == "all":
        return False
    return rank() > 0


def rank() -> int:
    """Which process of a distributed training this is; 0: the first, or the only one."""
    ranks = (os.environ.get(variable, "0") for variable in _RANKS)
    return max(int(rank) for rank in ranks if rank.isdigit())


def open_repository(dir: str | os.PathLike[str] | None) -> Repository:
    """The repository of a folder; by default the current folder's, else the script's.

    Raises:
        NotARepository: there is none.
    """
    if dir is not None:
        return Repository.open(Path(dir))
    try:
        return Repository.open()
    except NotARepository:
        script = getattr(sys.modules.get("__main__"), "__file__", None)
        if script is None:
            raise
        try:
            return Repository.open(Path(script).resolve().parent)
        except NotARepository:
            pass
        raise


def typed_command() -> list[str]:
    """What was typed, as nearly as it can be told from inside."""
    original = getattr(sys, "orig_argv", None)
    return list(original) if original else [sys.executable, *sys.argv]
