"""Has somebody tried that: runs of the same code, config and data, and the nearest ones."""

from __future__ import annotations

import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from gitexp.errors import GitCommandFailed
from gitexp.index.facets import Facets
from gitexp.query.runs import Found, Runs
from gitexp.query.tried_table import Table
from gitexp.schema.data import DECLARED, UNSURE, DataDelta, recorded_data
from gitexp.schema.diff import FileDelta
from gitexp.schema.redact import redact_argv, redact_mapping
from gitexp.schema.tree import flatten
from gitexp.schema.tried import Earlier, Question, Tried
from gitexp.settings import Settings
from gitexp.store.aside import with_objects_in
from gitexp.store.code_diff import diff_trees
from gitexp.store.code_files import CodeIdentities, matters
from gitexp.store.data_files import DataNow
from gitexp.store.repository import Repository

SHOWN = 5  # of each part
_TREES = 1000  # different code trees that are looked into, of the newest runs
_DATA = 200  # different states of the data that are looked into


def ask_tried(
    runs: Runs, settings: Settings, question: Question, *, limit: int | None = SHOWN
) -> Tried:
    """Look for a question's answers among all runs.

    The code of now is the worktree's, changed and untracked files as a run would keep them; it is
    compared in the files that matter (`code.include`, `code.exclude`). The data of now are the
    files that a run names as its data. Nothing is written.

    Args:
        runs: to look among.
        settings: of the project.
        question: a config alone: runs with these values, whatever other keys they have. With a
            command: runs of that very command, whatever values its parser made of the arguments,
            that have the assigned values.
        limit: how many runs each part of the answer holds; None: all.
    """
    question = _as_recorded(question)
    table = Table(runs, question)
    fitting = [row for row in range(len(table.rows)) if table.fits(row)]
    with _code_of_now(runs.repo, settings) as (repo, tree):
        same, other = _by_code(repo, settings, table.rows, fitting, tree)
        data = _Data(runs, settings)
        exact = [row for row in same if not data.is_other(table.rows[row])]
        moved = [row for row in same if data.is_other(table.rows[row])]
        near = table.nearest(set(fitting), limit) if question.config else []
        parts = {
            "exact": table.best_first(exact),
            "other_data": table.best_first(moved),
            "other_code": table.best_first(other),
            "near": near,
        }
        code = _CodeDeltas(repo, settings, tree)
        shown = {
            name: tuple(
                Earlier(
                    found.run,
                    table.deltas(row),
                    code.of(found) if name in ("other_code", "near") else (),
                    table.is_command(row),
                    data.deltas(table.rows[row]) if name != "near" else None,
                )
                for row in part[:limit]
                if (found := runs.get(table.rows[row].name)) is not None
            )
            for name, part in parts.items()
        }
    return Tried(
        question=question,
        code_known=tree is not None,
        total=len(table.rows),
        counts={name: len(part) for name, part in parts.items() if name != "near"},
        **shown,
    )


def question_of(
    repo: Repository,
    config: Mapping[str, Any],
    command: Sequence[str] = (),
    assigned: Mapping[str, Any] | None = None,
    cwd: Path | None = None,
) -> Question:
    """The question about a config, nested, and a command that is to run in a folder.

    Args:
        repo: where.
        config: all that is known, also what the command's arguments seem to say.
        command: what is to run; empty: any.
        assigned: the part of the config that is beside the command's arguments.
        cwd: where it is to run; None: here.
    """
    where = ""
    if command and repo.worktree is not None:
        here = cwd or Path.cwd()
        where = str(here.relative_to(repo.worktree)) if here.is_relative_to(repo.worktree) else ""
    keys = tuple(flatten(assigned or {}))
    return Question(flatten(config), tuple(command), "" if where == "." else where, keys)


def _as_recorded(question: Question) -> Question:
    """Credentials replaced, as they are in what was recorded."""
    config = {
        key: next(iter(redact_mapping({key: value}).values()))
        for key, value in question.config.items()
    }
    command = tuple(redact_argv(list(question.command)))
    return replace(question, config=config, command=command)


class _Data:
    """The data of runs beside the data of now; each state that runs saw is compared once."""

    def __init__(self, runs: Runs, settings: Settings) -> None:
        self._runs = runs
        self._settings = settings
        self._now: DataNow | None = None
        self._known: dict[str, tuple[DataDelta, ...] | None] = {"": None}

    def deltas(self, row: Facets) -> tuple[DataDelta, ...] | None:
        """What is not as it was, or may not be; None: that is not known."""
        if row.data not in self._known:
            few = len(self._known) < _DATA
            self._known[row.data] = self._compare(row.name) if few else None
        return self._known[row.data]

    def is_other(self, row: Facets) -> bool:
        """Whether a run certainly had other data."""
        return any(delta.what != UNSURE for delta in self.deltas(row) or ())

    def _compare(self, name: str) -> tuple[DataDelta, ...] | None:
        found, top = self._runs.get(name), self._runs.repo.worktree
        if found is None or top is None:
            return None
        kind, files = recorded_data(found.facts)
        if self._now is None:
            self._now = DataNow(top, self._settings.data)
        elsewhere = found.facts.get("host") != socket.gethostname()
        return self._now.deltas(files, declared=kind == DECLARED, elsewhere=elsewhere)


@contextmanager
def _code_of_now(repo: Repository, settings: Settings) -> Iterator[tuple[Repository, str | None]]:
    """A repository in which the worktree's code is a tree, and that tree."""
    if repo.worktree is None:
        yield repo, None
        return
    from gitexp.store.snapshot import take_snapshot

    with tempfile.TemporaryDirectory() as folder:
        aside = with_objects_in(repo, folder)
        snapshot = take_snapshot(
            aside,
            untracked_limit_bytes=settings.untracked_limit_bytes,
            secrets=settings.secrets,
        )
        yield aside, snapshot.tree


def _by_code(
    repo: Repository,
    settings: Settings,
    table: Sequence[Facets],
    rows: Iterable[int],
    tree: str | None,
) -> tuple[list[int], list[int]]:
    """Those of the code that matters now, and the others."""
    same: list[int] = []
    other: list[int] = []
    with CodeIdentities(repo, settings.code_include, settings.code_exclude) as identities:
        now = identities.of(tree) if tree is not None else None
        looked: dict[str, bool] = {}
        for row in rows:
            code = table[row].code_tree
            if not code or now is None:
                other.append(row)
                continue
            if code not in looked and len(looked) < _TREES:
                looked[code] = code == tree or identities.of(code) == now
            (same if looked.get(code) else other).append(row)
    return same, other


class _CodeDeltas:
    """How the code of runs differs from that of now; each tree is compared once."""

    def __init__(self, repo: Repository, settings: Settings, tree: str | None) -> None:
        self._repo = repo
        self._settings = settings
        self._tree = tree
        self._known: dict[str, tuple[FileDelta, ...] | None] = {}

    def of(self, found: Found) -> tuple[FileDelta, ...] | None:
        """The files that count and changed from a run's code to that of now; None: not known."""
        code = found.run.git.code_tree
        if self._tree is None or not code:
            return None
        if code not in self._known:
            self._known[code] = () if code == self._tree else self._compare(code, self._tree)
        return self._known[code]

    def _compare(self, code: str, now: str) -> tuple[FileDelta, ...] | None:
        try:
            files, _ = diff_trees(self._repo, code, now)
        except GitCommandFailed:  # its code is not here
            return None
        include, exclude = self._settings.code_include, self._settings.code_exclude
        return tuple(file for file in files if matters(file.path, include, exclude))
