"""Which runs ran a commit's code, kept beside the commit: git notes in refs/notes/experiments.

A note holds one line for each run: `Experiment: quick-purple-dove (3f2a91c0deadbeef)`, the name
that it had and its id. `git log --notes=experiments` shows them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from gitexp.schema import names
from gitexp.store.repository import Repository

_REF = f"--ref={names.NOTES_REF}"
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


def follow_rewrite(repo: Repository, lines: str) -> int:
    """Carry notes over to the commits that an amend or a rebase made; how many.

    Args:
        repo: where.
        lines: as git tells its post-rewrite hook: `<old oid> <new oid>` each.
    """
    if not repo.git("for-each-ref", names.NOTES_REF):
        return 0
    carried = 0
    for line in lines.splitlines():
        old, new, *_ = [*line.split(), "", ""]
        runs = read_note(repo, old) if old and new else {}
        if runs:
            add_note(repo, new, runs)
            carried += 1
    return carried
