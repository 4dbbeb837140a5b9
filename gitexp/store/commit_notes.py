"""Which runs ran a commit's code, kept beside the commit: git notes in refs/notes/experiments.

A note holds one line for each run: `Experiment: quick-purple-dove (3f2a91c0deadbeef)`, the name
that it had and its id. `git log --notes=experiments` shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gitexp.schema import names
from gitexp.store.linking import runs_with_code
from gitexp.store.repository import Repository

_REF = "--ref=experiments"
_LINE = re.compile(r"^Experiment: (.+) \(([0-9a-f]+)\)$", re.MULTILINE)


def read_note(repo: Repository, commit: str) -> dict[str, str]:
    """Run id → name, of the runs that a commit's note names."""
    said = repo.git("notes", _REF, "show", commit, ok=(0, 1)).decode("utf-8", "replace")
    return {run_id: name for name, run_id in _LINE.findall(said)}


def add_note(repo: Repository, commit: str, runs: Mapping[str, str]) -> None:
    """Add runs (id → name) to a commit's note, those that it does not name yet.

    Raises:
        GitCommandFailed: git knows no user, or the notes are locked.
    """
    known = read_note(repo, commit)
    new = {run_id: name for run_id, name in runs.items() if run_id not in known}
    if new:
        # `git notes append` would put an empty line between.
        lines = [f"Experiment: {name} ({run_id})" for run_id, name in {**known, **new}.items()]
        message = "\n".join(lines)
        repo.git("notes", _REF, "add", "--force", "-m", message, commit)


def note_commit(repo: Repository) -> dict[str, str]:
    """Note at HEAD the runs whose code it is; returns them: id → name."""
    head = repo.git("rev-parse", "HEAD", "HEAD^{tree}", ok=(0, 128)).decode().split()
    oids = runs_with_code(repo, head[1]) if len(head) == 2 else []
    runs = _identities(repo, oids) if oids else {}
    if runs:
        add_note(repo, head[0], runs)
    return runs


def follow_rewrite(repo: Repository, lines: str) -> int:
    """Carry notes over to the commits that an amend or a rebase made; how many.

    Args:
        repo: where.
        lines: as git tells its post-rewrite hook: `<old oid> <new oid>` each.
    """
    if not repo.git("for-each-ref", "refs/notes/experiments"):
        return 0
    carried = 0
    for line in lines.splitlines():
        old, new, *_ = [*line.split(), "", ""]
        runs = read_note(repo, old) if old and new else {}
        if runs:
            add_note(repo, new, runs)
            carried += 1
    return carried


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
    found = set()
    for tree in {tree for _, tree in pushed}:
        found |= set(runs_with_code(repo, tree))
    form = "--format=%(objectname) %(refname)"
    oldest = pushed[-1][0]
    asked = [[f"--contains={oldest}"]]
    if found:
        asked.append([f"--points-at={oid}" for oid in found])
    runs: dict[str, str] = {}
    for conditions in asked:
        said = repo.git("for-each-ref", form, *conditions, names.REF_PREFIX)
        rows = (line.split(" ", 1) for line in said.decode("utf-8", "replace").splitlines())
        runs |= {ref.removeprefix(names.REF_PREFIX): oid for oid, ref in rows}
    return runs


def _identities(repo: Repository, oids: list[str]) -> dict[str, str]:
    """Id → name of the runs whose newest commits these are."""
    form = "%(trailers:key={},valueonly,separator=%x20)".format
    both = f"--format={form(names.TRAILER_ID)}%x00{form(names.TRAILER_RUN)}"
    said = repo.git("log", "--no-walk", both, *oids)
    rows = (line.split("\0") for line in said.decode("utf-8", "replace").splitlines())
    return {row[0].strip(): row[1].strip() for row in rows if len(row) == 2 and row[0].strip()}
