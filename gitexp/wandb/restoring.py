"""`restore()`: a file that a run keeps, brought back to disk."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, Any

from gitexp.errors import RunNotFound
from gitexp.record.active import ActiveRun
from gitexp.store.repository import Repository
from gitexp.wandb.public.api import Api


def restore_file(
    active: Any,
    name: str,
    run_path: str | None,
    replace: bool,
    root: str | os.PathLike[str] | None,
) -> IO[str]:
    """Write a file of a run below a folder; one that is there is left alone.

    Args:
        active: the active run, if there is one.
        name: the file's.
        run_path: of another run.
        replace: whether a file that is there is overwritten.
        root: the folder; by default the active run's, else the current one.

    Raises:
        ValueError: there is no such run or file.
    """
    folder = Path(root) if root is not None else Path(getattr(active, "dir", None) or ".")
    target = folder / name
    if target.is_file() and not replace:
        return target.open(errors="replace")
    repo = Repository.open(active.folder.parent) if isinstance(active, ActiveRun) else None
    path = run_path or str(getattr(active, "ref", "")).removeprefix("refs/experiments/")
    try:
        run = Api(repo=repo).run(path)
    except RunNotFound as error:
        raise ValueError(error.message) from error
    return run.file(name).download(folder, replace=True)
