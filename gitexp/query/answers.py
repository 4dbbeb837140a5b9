"""Questions about all runs, from Python: what `gitexp.tried`, `whence`, `energy`, … answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gitexp.query.runs import Runs
from gitexp.schema.ledger import STATUS, Ledger
from gitexp.schema.replicates import ReplicateDiff
from gitexp.schema.tree import flatten, put
from gitexp.schema.tried import Tried
from gitexp.schema.whence import Whence
from gitexp.settings import load_settings
from gitexp.store.repository import Repository


def tried(
    config: Mapping[str, Any] | None = None,
    command: Sequence[str] = (),
    *,
    n: int | None = None,
    path: Path | str | None = None,
) -> Tried:
    """Whether this has been run, on the code and data as they are now, and what came out.

    Args:
        config: values that a run must have, nested or with dotted keys; whatever others it has.
        command: a run must have been given exactly this, in the same folder; empty: any.
        n: how many runs each part of the answer holds at most; None: all.
        path: a folder of the repository; the current one by default.

    Returns:
        `exact`, `other_data`, `other_code` and `near`, each of earlier runs; `done` is the newest
        exact repeat that finished, or None.
    """
    from gitexp.query.tried import ask_tried, question_of

    repo = _open(path)
    nested: dict[str, Any] = {}
    for key, value in flatten(config or {}).items():
        put(nested, key, value)
    with Runs(repo) as runs:
        question = question_of(repo, nested, command, nested, None if path is None else Path(path))
        return ask_tried(runs, load_settings(repo.worktree), question, limit=n)


def whence(model: Path | str, *, path: Path | str | None = None) -> Whence:
    """Which runs' checkpoints a model's tensors are in.

    Args:
        model: a .safetensors file, or a folder of shards.
        path: a folder of the repository; the current one by default.

    Raises:
        GitexpError: it cannot be read, or is no safetensors file.
    """
    from gitexp.query.whence import find_origins

    with Runs(_open(path)) as runs:
        return find_origins(runs, Path(model))


def energy(
    by: str = STATUS, where: str | None = None, *, path: Path | str | None = None
) -> Ledger:
    """Energy, CO2, cost and time of all runs, and what was spent for nothing.

    Args:
        by: "author", "group", "month" or "status".
        where: only runs for which it holds, as for `gitexp.runs`.
        path: a folder of the repository; the current one by default.

    Raises:
        BadExpression: `where` cannot be read.
    """
    from gitexp.query.energy import energy_ledger

    with Runs(_open(path)) as runs:
        chosen = None if where is None else runs.select(where=where)
        return energy_ledger(runs, by, chosen)


def replicates(first: str, second: str, *, path: Path | str | None = None) -> ReplicateDiff | None:
    """Two runs with all runs that differ from them only in their seed: is it more than noise?

    Args:
        first: what `gitexp.load` takes.
        second: the same; differences are the second minus the first.
        path: a folder of the repository; the current one by default.

    Returns:
        For each metric both samples, the difference with its interval, and p-values; None: neither
        run has replicates, or they are replicates of each other.

    Raises:
        RunNotFound, AmbiguousRun, MalformedRun: as for `gitexp.load`.
    """
    from gitexp.query.replicates import compare_replicates
    from gitexp.query.selectors import resolve

    with Runs(_open(path)) as runs:
        return compare_replicates(runs, resolve(runs, first), resolve(runs, second))


def checkout(
    run: str,
    folder: Path | str | None = None,
    *,
    checkpoints: bool = False,
    path: Path | str | None = None,
) -> Path:
    """Check a run's code out into a git worktree of its own; returns its folder.

    Args:
        run: what `gitexp.load` takes.
        folder: where to; it must not be there, or be empty. None: beside the user's worktree.
        checkpoints: whether its checkpoints are wanted too, in `gitexp-checkpoints/`.
        path: a folder of the repository; the current one by default.

    Raises:
        RunNotFound, AmbiguousRun, MalformedRun: as for `gitexp.load`.
        GitexpError: the folder is taken, or the run's code is not here.
    """
    from gitexp.query.checkout import checkout_run
    from gitexp.query.selectors import resolve

    with Runs(_open(path)) as runs:
        there = None if folder is None else Path(folder)
        return checkout_run(runs, resolve(runs, run), there, checkpoints=checkpoints).folder


def _open(path: Path | str | None) -> Repository:
    return Repository.open(None if path is None else Path(path))
