"""A branch whose content gitexp writes: it grows by commits, and is never one of the user's."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

from gitexp.errors import GitexpError
from gitexp.schema import names
from gitexp.store.objects import ObjectWriter, TreeEntry, decode_tree
from gitexp.store.process import run_git
from gitexp.store.push import RefPush, push_refs
from gitexp.store.reader import ObjectReader
from gitexp.store.refs import RefChange, read_ref, update_refs
from gitexp.store.remote import Remote
from gitexp.store.repository import Repository
from gitexp.store.transfer import Progress

TRAILER = "Gitexp-Published"


def run_entries(reader: ObjectReader, repo: Repository, oid: str) -> dict[str, TreeEntry]:
    """What of a run's tree is published: all but its code and its checkpoints."""
    found = reader.read(f"{oid}^{{tree}}")
    entries = {} if found is None else decode_tree(found[1], repo.object_format)
    return {n: e for n, e in entries.items() if n not in (names.CODE, names.CHECKPOINTS)}


def fetch_branch(repo: Repository, remote: Remote, branch: str) -> str | None:
    """The commit that a branch of that name has at the remote, fetched; None: there is none."""
    ref = f"refs/gitexp/published/{remote.name}/{branch}"
    spec = f"+refs/heads/{branch}:{ref}"
    args = ("fetch", "--no-tags", "--no-write-fetch-head", "--quiet", remote.address, spec)
    done = run_git(args, repo.top, repo.environment)
    return read_ref(repo, ref) if done.returncode == 0 else None


def commit_branch(
    repo: Repository,
    branch: str,
    files: Mapping[str, TreeEntry],
    subject: str,
    *,
    theirs: str | None = None,
    writer: ObjectWriter,
) -> str | None:
    """Commit files to a branch, nothing if they are what it has.

    Args:
        repo: where.
        branch: its short name.
        files: path → entry: all that the branch holds.
        subject: of the commit.
        theirs: the branch's commit at the remote; ours goes on from it.
        writer: that the entries were written with.

    Returns:
        The branch's newest commit; None: it is as it was.

    Raises:
        GitexpError: the branch is the user's own, or checked out somewhere.
    """
    ref = f"refs/heads/{branch}"
    ours = read_ref(repo, ref)
    for tip in (ours, theirs):
        if tip is not None and not _is_published(repo, tip):
            raise GitexpError(
                f"the branch {branch!r} was not made by gitexp",
                "choose another name with --branch",
            )
    _refuse_checked_out(repo, ref)
    tree = writer.nested_tree(files)
    parents = [tip for tip in dict.fromkeys((theirs, ours)) if tip is not None]
    if len(parents) == 2:
        base = repo.git("merge-base", *parents, ok=(0, 1)).decode().strip()
        parents = [tip for tip in parents if tip != base]
    if len(parents) == 1 and _tree_of(repo, parents[0]) == tree:
        if parents[0] != ours:
            update_refs(repo, [RefChange(ref, ours, parents[0])])
        return None
    message = f"{subject}\n\n{TRAILER}: {branch}"
    new = writer.commit(tree, parents, message, repo.identity(), time.time())
    writer.flush(durable=True)
    update_refs(repo, [RefChange(ref, ours, new)])
    return new


def push_branch(
    repo: Repository, remote: Remote, branch: str, progress: Progress | None = None
) -> str | None:
    """Push it, without force; why it was refused, or None.

    Raises:
        RemoteProblem: the remote cannot be reached.
    """
    ref = f"refs/heads/{branch}"
    tip = read_ref(repo, ref)
    if tip is None:
        return "there is no such branch"
    answers, _ = push_refs(repo, remote, [RefPush(tip, ref)], progress)
    return None if answers[ref].ok else answers[ref].why


def _is_published(repo: Repository, tip: str) -> bool:
    form = f"--format=%(trailers:key={TRAILER},valueonly)"
    return bool(repo.git("log", "-1", form, tip).strip())


def _tree_of(repo: Repository, commit: str) -> str:
    return repo.git("rev-parse", f"{commit}^{{tree}}").decode().strip()


def _refuse_checked_out(repo: Repository, ref: str) -> None:
    said = os.fsdecode(repo.git("worktree", "list", "--porcelain"))
    if f"branch {ref}" in said.splitlines():
        raise GitexpError(
            f"the branch {ref.removeprefix('refs/heads/')!r} is checked out",
            "switch to another branch first",
        )
