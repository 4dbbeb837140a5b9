"""Give a run's code back, and its checkpoints with it: a worktree beside the user's own."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.query.checkpoints import list_checkpoints, open_checkpoint
from gitexp.query.runs import Found, Runs
from gitexp.schema.clock import from_iso
from gitexp.store.repository import Repository
from gitexp.store.worktree import Worktree, add_worktree, code_commit, remove_worktree

# Beside the code, under a name that hardly any project has: a folder of the code is never
# written into, it may be a link to anywhere.
CHECKPOINT_FOLDER = "gitexp-checkpoints"


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """A run's worktree."""

    run: str
    worktree: Worktree
    checkpoints: tuple[Path, ...]  # the files that were written, one for each

    @property
    def folder(self) -> Path:
        """Its top, absolute."""
        return self.worktree.folder


def checkout_run(
    runs: Runs, found: Found, folder: Path | None = None, *, checkpoints: bool = False
) -> CheckedOut:
    """Check a run's code out into a worktree of its own.

    Args:
        runs: where it is from.
        found: the run.
        folder: where to; it must not be there, or be empty. None: beside the user's worktree,
            under the run's name.
        checkpoints: whether its checkpoints are wanted too, each as one .safetensors file in
            `gitexp-checkpoints/`.

    Raises:
        GitexpError: the folder is taken, or the run's code is not here.
        MalformedRun: the run cannot be read.
        CheckpointNotHere: tensors are on the server; nothing is left behind.
    """
    repo, run = runs.repo, found.run
    if found.oid is None:
        raise GitexpError(
            f"the code of run {found.name!r} is not in git yet", "try again in a few seconds"
        )
    commit = code_commit(
        repo, found.oid, run.git.base_commit, found.name, from_iso(run.created_at)
    )
    worktree = add_worktree(repo, folder or default_folder(repo, found.name), commit)
    try:
        files = _write_checkpoints(runs, found, worktree.folder) if checkpoints else ()
    except BaseException:
        remove_worktree(repo, worktree.folder)
        raise
    return CheckedOut(found.name, worktree, files)


def default_folder(repo: Repository, name: str) -> Path:
    """`../quick-purple-dove`, seen from the top of the worktree (or from a bare repository)."""
    return repo.top.parent / name.replace("/", "-")


def _write_checkpoints(runs: Runs, found: Found, top: Path) -> tuple[Path, ...]:
    entries = list_checkpoints(runs, found)
    if not entries:
        return ()
    folder = top / CHECKPOINT_FOLDER
    if os.path.lexists(folder):
        raise GitexpError(
            f"the code of run {found.name!r} has a {CHECKPOINT_FOLDER} of its own",
            f"leave --checkpoints out, and `gitexp checkpoint get {found.name} -o FILE`",
        )
    folder.mkdir()
    # Neither `git status` nor the snapshot of a run that starts here is to see them.
    (folder / ".gitignore").write_text("*\n")
    written: list[Path] = []
    for entry in entries:
        path = _free_path(folder, entry.entry.label)
        with open_checkpoint(runs.repo, entry) as stored:
            stored.stream_to(path)
        written.append(path)
    return tuple(written)


def _free_path(folder: Path, label: str) -> Path:
    """A file for a checkpoint; the label may be a stranger's, so it is never a path."""
    stem = re.sub(r"[^\w.+=-]+", "-", label).strip(".-")[:120] or "checkpoint"
    path, count = folder / f"{stem}.safetensors", 1
    while path.exists():
        count += 1
        path = folder / f"{stem}-{count}.safetensors"
    return path
