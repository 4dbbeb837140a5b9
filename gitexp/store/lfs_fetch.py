"""Objects of git-lfs brought from a remote, by git-lfs itself."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Sequence

from gitexp.errors import LfsProblem, NoRemote
from gitexp.schema import names
from gitexp.schema.artifact import ARTIFACTS
from gitexp.store.lfs import ATTRIBUTES_FILE, is_installed
from gitexp.store.objects import TREE, decode_tree
from gitexp.store.reader import ObjectReader
from gitexp.store.remote import find_remote, remote_names
from gitexp.store.repository import Repository
from gitexp.store.transfer import Progress, transfer

INSTALL = "install git-lfs: https://git-lfs.com (Debian, Ubuntu: apt install git-lfs)"
_PLAIN = re.compile(r"[\w.~-]+", re.ASCII)
_MAX_PATTERN = 100_000  # Linux takes 128 KiB in one argument
_AT_ONCE = 500


def fetch_objects(repo: Repository, tree: str, files: Sequence[str]) -> None:
    """Fetch what the pointers in a checkpoint's tree stand for, from the first remote that has it.

    Args:
        repo: where to.
        tree: of the checkpoint.
        files: the names of those that are wanted.

    Raises:
        LfsProblem: there is no git-lfs, or no remote gives them.
    """
    # Several patterns are one argument, with commas between.
    pattern = ",".join(files)
    if not all(_PLAIN.fullmatch(file) for file in files) or len(pattern) > _MAX_PATTERN:
        pattern = ""
    said = "there is no remote"
    for remote in _remotes(repo):
        why = _fetch(repo, remote, [tree], pattern)
        if why is None:
            return
        said = f"{remote}: {why}"
    raise LfsProblem(
        f"the checkpoint's git-lfs objects are not here, and no remote gave them ({said})",
        "on the machine that has them: `gitexp push`, or `git lfs push REMOTE --all`",
    )


def fetch_checkpoints(
    repo: Repository, remote: str, tips: Iterable[str], progress: Progress | None = None
) -> None:
    """Fetch the objects of all checkpoints that are in the trees of some commits.

    Raises:
        LfsProblem: there is no git-lfs, or the remote does not give them.
    """
    trees = _lfs_folders(repo, tips)
    for at in range(0, len(trees), _AT_ONCE):
        why = _fetch(repo, remote, trees[at : at + _AT_ONCE], "", progress)
        if why is not None:
            raise LfsProblem(f"{remote} did not give the checkpoints' git-lfs objects: {why}")


def reason(said: str) -> str:
    """The line of git-lfs' that says why."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    wrong = [line for line in lines if re.search(r"error|missing|fail|fatal|unable", line, re.I)]
    return (wrong or lines or ["git-lfs gave no reason"])[0]


def check_installed(repo: Repository, what: str) -> None:
    """Raise LfsProblem if there is no git-lfs; `what` cannot be done without it."""
    if not is_installed(repo):
        raise LfsProblem(f"{what}, and git-lfs was not found", INSTALL)


def _fetch(
    repo: Repository,
    remote: str,
    trees: Sequence[str],
    pattern: str,
    progress: Progress | None = None,
) -> str | None:
    """Run git-lfs; why it failed, or None."""
    check_installed(repo, "the checkpoint's tensors are git-lfs objects that are not here")
    # What the user's settings leave out is wanted all the same.
    chosen = [f"--include={pattern}", "--exclude="]
    done = transfer(repo, ["lfs", "fetch", *chosen, remote, *trees], progress=progress)
    return None if done.code == 0 else reason(f"{done.stderr}\n{done.stdout}")


def _remotes(repo: Repository) -> list[str]:
    first = []
    with contextlib.suppress(NoRemote):
        first = [find_remote(repo).address]
    return list(dict.fromkeys([*first, *remote_names(repo)]))


def _lfs_folders(repo: Repository, tips: Iterable[str]) -> list[str]:
    """Trees of the checkpoints that have pointers."""
    found: dict[str, None] = {}
    with ObjectReader(repo, fetch=False) as reader:
        tops = (names.CHECKPOINTS, ARTIFACTS)
        waiting = [f"{tip}:{top}" for tip in tips for top in tops]
        seen = set(waiting)
        while waiting:
            rev = waiting.pop()
            read = reader.read(rev)
            entries = {} if read is None else decode_tree(read[1], repo.object_format)
            if ATTRIBUTES_FILE in entries:
                found[rev] = None
            # Slashes in a label are folders.
            below = {oid for mode, oid in entries.values() if mode == TREE} - seen
            seen |= below
            waiting += below
    return list(found)
