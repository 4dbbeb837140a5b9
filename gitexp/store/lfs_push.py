"""Objects of git-lfs sent to a remote, by git-lfs itself, before the pointers go there."""

from __future__ import annotations

from collections.abc import Sequence

from gitexp.errors import LfsProblem
from gitexp.schema import names
from gitexp.schema.artifact import ARTIFACTS
from gitexp.store import lfs
from gitexp.store.lfs import Pointer, parse_pointer
from gitexp.store.lfs_fetch import check_installed, reason
from gitexp.store.lfs_objects import let_go, restore
from gitexp.store.reader import read_blobs
from gitexp.store.remote import Remote
from gitexp.store.repository import Repository
from gitexp.store.transfer import Progress, transfer

_AT_ONCE = 500


def push_objects(
    repo: Repository,
    remote: Remote,
    files: Sequence[tuple[str, str]],
    progress: Progress | None = None,
) -> None:
    """Send what the pointers among some files stand for; what the remote has is skipped.

    Args:
        repo: where from.
        remote: where to.
        files: (path, oid of the blob) of files that are small enough to be pointers.
        progress: gets what git-lfs says.

    Raises:
        LfsProblem: there is no git-lfs, an object of a checkpoint is nowhere, or the remote does
            not take them.
    """
    ours, others = _pointers(repo, files)
    missing = [p for p in ours if not (lfs.is_here(repo, p) or restore(repo, p))]
    if missing:
        raise LfsProblem(
            f"{len(missing)} of its checkpoints' git-lfs objects are not here",
            "`gitexp fetch --checkpoints` brings them from where they are",
        )
    if ours:
        check_installed(repo, "its checkpoints are git-lfs objects")
    elif not others or not lfs.is_installed(repo):
        return  # the user's own files in code/ may go without, as they do with git alone
    pointers = [*ours, *(p for p in others if lfs.is_here(repo, p))]
    for at in range(0, len(pointers), _AT_ONCE):
        batch = pointers[at : at + _AT_ONCE]
        oids = [pointer.oid for pointer in batch]
        done = transfer(
            repo, ["lfs", "push", "--object-id", remote.address, *oids], progress=progress
        )
        if done.code != 0:
            raise LfsProblem(
                f"{remote.shown} did not take git-lfs objects: "
                f"{reason(f'{done.stderr}{chr(10)}{done.stdout}')}",
                "`git lfs env` shows where git-lfs sends them",
            )
        let_go(repo, batch)


def _pointers(
    repo: Repository, files: Sequence[tuple[str, str]]
) -> tuple[list[Pointer], list[Pointer]]:
    """The pointers of checkpoints, and those among the user's own files."""
    found: tuple[dict[Pointer, None], dict[Pointer, None]] = {}, {}
    contents = read_blobs(repo, [oid for _, oid in files])
    for (path, _), content in zip(files, contents, strict=True):
        pointer = parse_pointer(content) if content is not None else None
        if pointer is not None:
            own = path.startswith((f"{names.CHECKPOINTS}/", f"{ARTIFACTS}/"))
            found[0 if own else 1][pointer] = None
    return list(found[0]), [pointer for pointer in found[1] if pointer not in found[0]]
