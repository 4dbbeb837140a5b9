"""Which runs belong to commits: noted when a commit is made, named when it is pushed."""

from __future__ import annotations

from collections.abc import Iterable

from gitexp.index.codes import runs_based_on, runs_with_code
from gitexp.schema import names
from gitexp.store.commit_notes import add_note
from gitexp.store.repository import Repository


def note_commit(repo: Repository) -> dict[str, str]:
    """Note at HEAD the runs whose code it is; returns them: id → name."""
    head = repo.git("rev-parse", "HEAD", "HEAD^{tree}", ok=(0, 128)).decode().split()
    oids = runs_with_code(repo, {head[1]}).values() if len(head) == 2 else ()
    runs = _identities(repo, oids) if oids else {}
    if runs:
        add_note(repo, head[0], runs)
    return runs


def runs_of_push(repo: Repository, remote: str, lines: str) -> dict[str, str]:
    """The runs whose code or base is among commits that are being pushed: name → newest commit.

    Args:
        repo: where.
        remote: the remote's name.
        lines: as git tells its pre-push hook: `<ref> <oid> <ref there> <oid there>` each.
    """
    tips = [words[1] for line in lines.splitlines() if len(words := line.split()) == 4]
    tips = [tip for tip in tips if tip.strip("0")]
    if not tips:
        return {}
    args = ("log", "--max-count=200", "--format=%H %T", *tips, "--not", f"--remotes={remote}")
    pushed = [line.split() for line in repo.git(*args).decode().splitlines()]
    if not pushed:
        return {}
    based = runs_based_on(repo, [commit for commit, _ in pushed])
    return based | runs_with_code(repo, {tree for _, tree in pushed})


def _identities(repo: Repository, oids: Iterable[str]) -> dict[str, str]:
    """Id → name of the runs whose newest commits these are."""
    form = "%(trailers:key={},valueonly,separator=%x20)".format
    both = f"--format={form(names.TRAILER_ID)}%x00{form(names.TRAILER_RUN)}"
    said = repo.git("log", "--no-walk", both, *oids)
    rows = (line.split("\0") for line in said.decode("utf-8", "replace").splitlines())
    return {row[0].strip(): row[1].strip() for row in rows if len(row) == 2 and row[0].strip()}
