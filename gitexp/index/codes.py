"""Which runs ran a code tree or began at a commit, answered in the time that a git hook may take.

The index knows the code of the runs that it has taken in, and git is asked about those that came
since. Nothing is written and no lock is waited for: where there is no index, or another process
has it to itself just then, git is asked about all runs, which takes 0.2 s for 10,000.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from typing import Literal
from urllib.parse import quote

from gitexp.index import database
from gitexp.index.facets import names_where
from gitexp.schema.names import REF_PREFIX
from gitexp.store.linking import code_trees
from gitexp.store.refs import read_refs
from gitexp.store.repository import Repository

_NAMED = 500  # refs on one command line


def runs_with_code(repo: Repository, trees: Collection[str]) -> dict[str, str]:
    """The runs whose code/ is one of these trees: name → newest commit."""
    refs = _refs(repo)
    if not refs or not trees:
        return {}
    trees = set(trees)
    # What a run.json says of its code is believed once git says so too.
    there = code_trees(repo, {refs[name] for name in _candidates(repo, refs, "code_tree", trees)})
    return {name: oid for name, oid in refs.items() if there.get(oid) in trees}


def runs_based_on(repo: Repository, commits: Sequence[str]) -> dict[str, str]:
    """The runs that were started from these commits: name → newest commit.

    Args:
        repo: where.
        commits: of one history, newest first.
    """
    refs = _refs(repo)
    if not refs or not commits:
        return {}
    names = _candidates(repo, refs, "base", commits)
    if not names:
        return {}
    few = [REF_PREFIX + name for name in sorted(names)] if len(names) <= _NAMED else [REF_PREFIX]
    said = repo.git("for-each-ref", "--format=%(refname)", f"--contains={commits[-1]}", *few)
    found = (os.fsdecode(ref).removeprefix(REF_PREFIX) for ref in said.splitlines())
    return {name: refs[name] for name in found if name in names and name in refs}


def _refs(repo: Repository) -> dict[str, str]:
    return {ref.removeprefix(REF_PREFIX): oid for ref, oid in read_refs(repo, REF_PREFIX).items()}


def _candidates(
    repo: Repository,
    refs: Mapping[str, str],
    column: Literal["code_tree", "base"],
    values: Collection[str],
) -> set[str]:
    """The runs of which the index says so, and those of which it says nothing."""
    known: dict[str, str] = {}
    claimed: set[str] = set()
    uri = f"file:{quote(str(repo.gitexp_dir / database.FILE))}?mode=ro"
    # Without an answer all runs are candidates.
    with (
        contextlib.suppress(sqlite3.DatabaseError),
        contextlib.closing(sqlite3.connect(uri, uri=True, timeout=0)) as index,
    ):
        if database.is_ours(index):
            index.execute("BEGIN")  # both answers of one state
            claimed = names_where(index, column, values)
            known = dict(index.execute("SELECT name, oid FROM runs"))
    return {name for name, oid in refs.items() if name in claimed or known.get(name) != oid}
