"""Sending runs: many refs in one `git push`, never with force, and what became of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from gitexp.errors import GitCommandFailed, GitexpError, RemoteProblem
from gitexp.store.remote import Remote, local_server
from gitexp.store.repository import Repository
from gitexp.store.transfer import PACKING, Progress, transfer

# A user's own pre-push hook is for the user's own branches: a test suite in it must not run for
# each minute's progress commit.
_OPTIONS = ("--porcelain", "--no-verify", "--no-follow-tags", "--recurse-submodules=no")
_LINE = re.compile(r"([ +*=!-])\t([^\t]*):([^\t]*)\t(.*)")


class RefPush(NamedTuple):
    """A commit that a ref of the remote's is to point at."""

    oid: str | None  # None: the ref goes, if it still is at `expected`
    ref: str
    expected: str = ""


class Answer(NamedTuple):
    """What the remote did with one ref."""

    ok: bool
    why: str  # git's words: `[remote rejected] (pre-receive hook declined)`


def push_refs(
    repo: Repository, remote: Remote, pushes: Sequence[RefPush], progress: Progress | None = None
) -> tuple[dict[str, Answer], str]:
    """Push, without force: a ref that moved there meanwhile is refused.

    Returns:
        Ref → answer, and what the remote said.

    Raises:
        RemoteProblem: it cannot be reached, or broke off: what became of the refs is not known.
    """
    leases = [f"--force-with-lease={p.ref}:{p.expected}" for p in pushes if p.oid is None]
    specs = [f"{p.oid or ''}:{p.ref}" for p in pushes]
    done = transfer(
        repo,
        [
            *PACKING,
            "push",
            *_OPTIONS,
            "--progress" if progress else "--no-progress",
            *local_server(repo, remote, "receive-pack"),
            *leases,
            remote.address,
            *specs,
        ],
        progress=progress,
    )
    answers = {}
    for line in done.stdout.splitlines():
        if match := _LINE.match(line):
            flag, _, ref, summary = match.groups()
            answers[ref] = Answer(flag != "!", summary)
    if done.code != 0 and len(answers) < len(pushes):
        raise RemoteProblem(remote.shown, done.stderr)
    return answers, done.stderr


def write_bundle(
    repo: Repository, refs: Sequence[str], path: Path, progress: Progress | None = None
) -> None:
    """Write runs, with all that they need, to one file that `git fetch` can read.

    Raises:
        GitexpError: there is no such folder.
        GitCommandFailed: git could not.
    """
    if not path.parent.is_dir():
        raise GitexpError(f"{path.parent} is no folder", "`mkdir -p` makes one")
    quiet = "--progress" if progress else "--quiet"
    done = transfer(
        repo,
        [*PACKING, "bundle", "create", quiet, str(path.absolute()), "--stdin"],
        input="".join(f"{ref}\n" for ref in refs),
        progress=progress,
    )
    if done.code != 0:
        raise GitCommandFailed(["bundle", "create"], done.code, done.stderr)
