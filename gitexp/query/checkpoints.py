"""Checkpoints of runs: which one is meant, and the object that was saved in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import CheckpointNotFound, GitexpError, RunNotFound
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import resolve
from gitexp.schema.metrics import LOWER, goal_of
from gitexp.schema.names import CHECKPOINTS
from gitexp.schema.run import CheckpointEntry, Run
from gitexp.store.repository import Repository

if TYPE_CHECKING:
    from gitexp.store.stored_checkpoint import StoredCheckpoint

LAST, BEST = "last", "best"


@dataclass(frozen=True, slots=True)
class FoundCheckpoint:
    """A checkpoint that was looked up.

    Attributes:
        run: whose it is.
        entry: what run.json says of it.
        tree: oid of its folder in git; None: it is not there yet, or not in this repository.
        spool: its folder in the journal while the run runs; None: it is not there any more.
    """

    run: Found
    entry: CheckpointEntry
    tree: str | None
    spool: Path | None

    @property
    def title(self) -> str:
        """`quick-purple-dove:last`."""
        return f"{self.run.name}:{self.entry.label}"


def load_checkpoint(
    run: Any,
    label: str | int = LAST,
    *,
    names: Sequence[str] | None = None,
    device: Any = None,
    repo: Repository | Path | str | None = None,
) -> Any:
    """Get back what `save_checkpoint` was given, equal bit for bit; nothing is unpickled.

    A running run's checkpoints are there as soon as `save_checkpoint` has returned.

    Args:
        run: a name, a unique prefix, `latest`, `best:val_loss`, `@tag`, a commit, …, or a run
            object.
        label: a label, a step, "last", "best" (by the first of the metrics saved with the
            checkpoints that has a direction) or "best:METRIC".
        names: only these tensors, as names or globs: `["model.layer1.*"]`.
        device: where torch tensors are put, e.g. "cuda"; None: the CPU.
        repo: the repository or a folder of it; None: the current folder's.

    Returns:
        The object; modules, optimizers and schedulers as their state dicts. With `names`, and for
        files that the run wrote itself, a dict of tensors by name.

    Raises:
        RunNotFound, AmbiguousRun: the run.
        CheckpointNotFound, TensorNotFound: the checkpoint, the tensor.
        CheckpointNotHere: its tensors are on the server.
    """
    opened = (
        repo if isinstance(repo, Repository) else Repository.open(Path(repo) if repo else None)
    )
    # The ref of an active run: its name may be one that it shares with others.
    selector = run if isinstance(run, str) else str(getattr(run, "ref", None) or run.name)
    for _ in range(2):
        with Runs(opened) as runs:
            found = find_checkpoint(runs, resolve(runs, selector), label)
        if found.spool is None:
            break
        from gitexp.journal.spool import read_spool

        try:
            return read_spool(found.spool, names, device)
        except FileNotFoundError:
            continue  # the run has ended just now, and its checkpoint is in git
    with open_checkpoint(opened, found) as stored:
        return stored.load(names, device)


def open_checkpoint(repo: Repository, found: FoundCheckpoint) -> StoredCheckpoint:
    """The checkpoint in git, to be closed after use.

    Raises:
        GitexpError: it is not there.
    """
    from gitexp.store.stored_checkpoint import StoredCheckpoint

    if found.tree is None:
        raise GitexpError(
            f"checkpoint {found.entry.label!r} of {found.run.name} is not in git yet",
            "it gets there in the background; try again in a few seconds"
            if found.run.journal
            else "`gitexp doctor` looks for what is missing",
        )
    return StoredCheckpoint(repo, found.tree)


def find_checkpoint(runs: Runs, found: Found, label: str | int = LAST) -> FoundCheckpoint:
    """The checkpoint of a run that a label means.

    Raises:
        CheckpointNotFound: it has none of that label.
        MalformedRun: the run cannot be read.
    """
    run = found.run
    entry = _choose(run, str(label))
    return _locate(runs.repo, found, [entry])[0]


def list_checkpoints(runs: Runs, found: Found) -> list[FoundCheckpoint]:
    """All checkpoints of a run, the oldest first.

    Raises:
        MalformedRun: the run cannot be read.
    """
    return _locate(runs.repo, found, found.run.checkpoints)


def resolve_checkpoint(runs: Runs, text: str) -> FoundCheckpoint:
    """What `RUN[:LABEL]` means; both parts may hold colons, as in `best:val_loss:last`.

    Raises:
        RunNotFound, AmbiguousRun, CheckpointNotFound: as their names say.
    """
    splits = [(text, LAST)]
    at = text.rfind(":")
    while at > 0:
        splits.append((text[:at], text[at + 1 :]))
        at = text.rfind(":", 0, at)
    problem: RunNotFound | None = None
    for selector, label in splits:
        try:
            found = resolve(runs, selector)
        except RunNotFound as error:
            # `best:val_los` is a misspelt metric, `dove:last` a misspelt run.
            if problem is None or not text.startswith(f"{BEST}:"):
                problem = error
        else:
            return find_checkpoint(runs, found, label or LAST)
    assert problem is not None
    raise problem


def _choose(run: Run, label: str) -> CheckpointEntry:
    entries = run.checkpoints
    for entry in reversed(entries):
        if entry.label == label:
            return entry
    if label == LAST and entries:
        return entries[-1]
    if entries and (label == BEST or label.startswith(f"{BEST}:")):
        return _best(run, label[len(BEST) + 1 :])
    for entry in reversed(entries):
        if entry.step is not None and label == str(entry.step):
            return entry
    dropped = any(entry.label == label for entry in run.dropped_checkpoints)
    raise CheckpointNotFound(run.name, label, [e.label for e in entries], dropped=dropped)


def _best(run: Run, key: str) -> CheckpointEntry:
    """The checkpoint with the best value of a metric; of the first that has a direction."""
    keys = dict.fromkeys(name for entry in run.checkpoints for name in entry.metrics)
    for name in [key] if key else keys:
        known = run.metrics.get(name)
        goal = known.goal if known is not None else goal_of(name)
        rated = [
            (entry.metrics[name], entry)
            for entry in run.checkpoints
            if not math.isnan(entry.metrics.get(name, math.nan))
        ]
        if goal and rated:
            # Of equals the later one.
            pick = min if goal == LOWER else max
            return pick(reversed(rated), key=lambda pair: pair[0])[1]
    raise GitexpError(
        f"run {run.name!r}: no checkpoint was saved with "
        + (f"the metric {key!r}" if key else "a metric of which it is known what is better"),
        "save_checkpoint(model, metrics={'val_loss': loss}) says how good it is",
    )


def _locate(
    repo: Repository, found: Found, entries: Sequence[CheckpointEntry]
) -> list[FoundCheckpoint]:
    spools = _spools(found)
    trees = _trees(repo, found.oid) if found.oid is not None else {}
    return [FoundCheckpoint(found, e, trees.get(e.label), spools.get(e.label)) for e in entries]


def _trees(repo: Repository, commit: str) -> dict[str, str]:
    """Label → oid of the folder; a commit that is not here, or has none, has no labels."""
    # Slashes in a label are folders; a checkpoint's own folder holds files only.
    listed = repo.git("ls-tree", "-r", "-t", "-d", "-z", f"{commit}:{CHECKPOINTS}", ok=(0, 128))
    trees = {}
    for row in listed.split(b"\0")[:-1]:
        facts, _, path = row.partition(b"\t")
        trees[path.decode("utf-8", "replace")] = facts.split()[2].decode()
    return trees


def _spools(found: Found) -> dict[str, Path]:
    """Label → folder in the journal of a running run."""
    if found.journal is None:
        return {}
    from gitexp.query.live import fold_journal

    fold = fold_journal(found.journal)
    if fold is None:
        return {}
    folders = {
        label: found.journal / CHECKPOINTS / folder
        for label, folder in fold.checkpoint_folders.items()
    }
    return {label: folder for label, folder in folders.items() if folder.is_dir()}
