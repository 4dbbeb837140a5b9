"""A run's code as a git worktree of its own: exactly the files that ran, and nothing beside them.

A run's commits hold its code under code/, so none of them can be checked out as it is. Code that
is just its base commit's is that commit, detached. Any other gets a commit of its own, whose tree
is the code and whose parent is the base commit: `git status` is clean there and `git show` tells
what had not been committed when the run began. It is a function of the run, so it is made once;
no ref points at it, the worktree's HEAD keeps it.
"""

from __future__ import annotations

import contextlib
import os
import posixpath
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from gitexp.errors import GitCommandFailed, GitexpError
from gitexp.schema.names import CODE
from gitexp.store.code_diff import shown_path
from gitexp.store.objects import ObjectWriter
from gitexp.store.repository import FALLBACK_IDENTITY, Repository

# What acts on a checkout and must not act on a stranger's: a hooks path relative to the worktree
# would run hooks out of the code itself; submodules would clone from wherever it says; a sparse
# checkout or a conversion of line ends that git refuses would leave files out.
_CONFIG = (
    *("-c", "core.hooksPath=/dev/null"),
    *("-c", "core.fsmonitor="),
    *("-c", "core.sparseCheckout=false"),
    *("-c", "core.safecrlf=false"),
    *("-c", "submodule.recurse=false"),
    *("-c", "advice.detachedHead=false"),
    *("-c", "checkout.workers=0"),
)


@dataclass(frozen=True, slots=True)
class Worktree:
    """A worktree that was added."""

    folder: Path  # absolute
    commit: str  # what is checked out there
    outward_links: tuple[str, ...]  # symbolic links in it that lead out of it, `path → target`
    submodules: tuple[str, ...]  # paths; their folders are empty


def code_commit(repo: Repository, rev: str, base: str | None, name: str, time_s: float) -> str:
    """The commit to check out for a run's code.

    Args:
        repo: where.
        rev: a commit of the run's chain.
        base: the commit that it was started from; one that is not here plays no part.
        name: the run's, for the message.
        time_s: when the run was created, since the epoch.

    Raises:
        GitexpError: the run has no code.
    """
    code = _oid_of(repo, f"{rev}:{CODE}")
    tree = _oid_of(repo, f"{code}^{{tree}}") if code is not None else None
    if tree is None:
        raise GitexpError(
            f"the code of run {name!r} is not in this repository",
            f"`gitexp show {name}` says what its recording met",
        )
    # run.json may be a stranger's.
    known = base is not None and re.fullmatch(r"[0-9a-f]{40,64}", base)
    commit = _oid_of(repo, f"{base}^{{commit}}") if known else None
    if commit is not None and _oid_of(repo, f"{commit}^{{tree}}") == tree:
        return commit
    parents = [commit] if commit is not None else []
    writer = ObjectWriter(repo)
    try:
        oid = writer.commit(
            tree, parents, f"The code of run {name}, as it ran", FALLBACK_IDENTITY, time_s
        )
        writer.flush()
    finally:
        writer.discard()
    return oid


def add_worktree(repo: Repository, folder: Path, commit: str) -> Worktree:
    """Check a commit out into a new worktree, detached; no hook runs and nothing is cloned.

    Git itself refuses paths that lead out of a worktree (`..`, `.git`, a file behind a link).

    Args:
        repo: where.
        folder: must not be there, or be an empty folder; the folder above it must be there.
        commit: its oid.

    Raises:
        GitexpError: something is in the way, or git cannot write the files; nothing is left then.
    """
    folder = Path(os.path.abspath(folder))
    _check_free(folder)
    if not folder.parent.is_dir():
        raise GitexpError(f"there is no folder {folder.parent}")
    existed = folder.exists()
    try:
        repo.git(*_CONFIG, "worktree", "add", "--detach", "--force", str(folder), commit)
        here = Repository.open(folder)
        raw = here.git("ls-files", "-s", "-z")
        worktree = Worktree(folder, commit, *_special_files(folder, raw))
    except BaseException as error:
        remove_worktree(repo, folder)
        if existed:
            folder.mkdir(exist_ok=True)
        if isinstance(error, GitCommandFailed):
            raise GitexpError(f"git cannot check out into {folder}: {_reason(error)}") from error
        raise
    return worktree


def remove_worktree(repo: Repository, folder: Path) -> None:
    """Remove a worktree that was added, with all that is in it; the commit stays for a while."""
    with contextlib.suppress(GitCommandFailed):
        repo.git("worktree", "remove", "--force", "--force", str(folder))
    shutil.rmtree(folder, ignore_errors=True)
    with contextlib.suppress(GitCommandFailed):
        repo.git("worktree", "prune")


def _oid_of(repo: Repository, name: str) -> str | None:
    said = repo.git("rev-parse", "-q", "--verify", name, ok=(0, 1, 128))
    return said.decode().strip() or None


def _check_free(folder: Path) -> None:
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise GitexpError(f"{folder} exists", "give another folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise GitexpError(
            f"{folder} exists and is not empty",
            f"give another folder, or remove it: {_how(folder)}",
        )


def _how(folder: Path) -> str:
    is_worktree = (folder / ".git").is_file()
    return f"git worktree remove {folder}" if is_worktree else f"rm -r {folder}"


def _special_files(folder: Path, listing: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Links that lead out of the worktree, and submodules."""
    links, submodules = [], []
    for row in listing.split(b"\0")[:-1]:
        facts, path = row.split(b"\t", 1)
        if facts.startswith(b"160000"):
            submodules.append(shown_path(path))
        elif facts.startswith(b"120000"):
            try:
                target = os.readlink(os.path.join(os.fsencode(folder), path))
            except OSError:  # core.symlinks=false: an ordinary file
                continue
            if _leads_out(path, target):
                links.append(f"{shown_path(path)} → {shown_path(target)}")
    return tuple(links), tuple(submodules)


def _leads_out(path: bytes, target: bytes) -> bool:
    if target.startswith(b"/"):
        return True
    landing = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
    return landing == b".." or landing.startswith(b"../")


def _reason(error: GitCommandFailed) -> str:
    lines = [line.strip() for line in error.stderr.splitlines() if line.strip()]
    return next((line for line in lines if line.startswith(("fatal:", "error:"))), str(error))
