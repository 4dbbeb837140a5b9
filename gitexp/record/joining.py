"""Who a recorded run belongs to, when several processes below one command begin runs."""

from __future__ import annotations

import os
from dataclasses import asdict
from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.processes import ProcessIdentity


def is_anothers(folder: Path) -> bool:
    """Whether another process that lives has made a recorded run its own; else it is ours now.

    Two processes at once are two runs, as scripts that begin one for each worker expect. One after
    the other, `train.py && eval.py`, are one.
    """
    other = ProcessIdentity.from_json(folders.read_json(folder / folders.JOINED))
    if other is not None and other.pid != os.getpid() and other.is_alive(folder):
        return True
    own = ProcessIdentity.of(os.getpid())
    if own is not None and folder.is_dir():
        folders.write_json(folder / folders.JOINED, asdict(own))
    return False
