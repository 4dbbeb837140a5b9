"""Has somebody tried that: runs of the same code and config, and the ones that come nearest."""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from gitexp.errors import GitCommandFailed
from gitexp.query.nearest import rank, same_value
from gitexp.query.runs import Found, Runs, peek_config
from gitexp.schema.diff import FileDelta, ValueDelta
from gitexp.schema.redact import redact_argv, redact_mapping
from gitexp.schema.run import FINISHED, RUNNING
from gitexp.schema.tree import flatten
from gitexp.schema.tried import Earlier, Question, Tried
from gitexp.settings import Settings
from gitexp.store.aside import with_objects_in
from gitexp.store.code_diff import diff_trees
from gitexp.store.code_files import CodeIdentities, matters
from gitexp.store.repository import Repository

SHOWN = 5  # of each part
_TREES = 1000  # different code trees that are looked into, of the newest runs


def ask_tried(
    runs: Runs, settings: Settings, question: Question, *, limit: int | None = SHOWN
) -> Tried:
    """Look for a question's answers among all runs.

    The code of now is the worktree's, changed and untracked files as a run would keep them; it is
    compared in the files that matter (`code.include`, `code.exclude`). Nothing is written.

    Args:
        runs: to look among.
        settings: of the project.
        question: a config alone: runs with these values, whatever other keys they have. With a
            command: runs of that very command, whatever values its parser made of the arguments,
            that have the assigned values.
        limit: how many runs each part of the answer holds; None: all.
    """
    question = _as_recorded(question)
    found = [run for run in runs.scan() if run.error is None]
    distances, values = rank(question.config, [peek_config(run) for run in found])
    rows = [_Row(*row) for row in zip(found, distances, values, strict=True)]
    fitting = [row for row in rows if _fits(question, row)]
    with _code_of_now(runs.repo, settings) as (repo, tree):
        exact, other = _by_code(repo, settings, fitting, tree)
        near = _nearest(rows, set(map(id, fitting)), limit) if question.config else []
        parts = {"exact": exact, "other_code": other, "near": near}
        shown = {
            name: tuple(
                _earlier(row, question, _code_delta(repo, settings, row, tree, name))
                for row in (part if name == "near" else _best_first(part))[:limit]
            )
            for name, part in parts.items()
        }
    return Tried(
        question=question,
        code_known=tree is not None,
        total=len(rows),
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


@dataclass(slots=True)
class _Row:
    """A run while it is looked at."""

    found: Found
    distance: float
    values: tuple[Any, ...]

    @property
    def facts(self) -> Mapping[str, Any]:
        return self.found.facts

    @property
    def code(self) -> str | None:
        tree = (self.facts.get("git") or {}).get("code_tree")
        return tree if isinstance(tree, str) else None


def _as_recorded(question: Question) -> Question:
    """Credentials replaced, as they are in what was recorded."""
    config = {
        key: next(iter(redact_mapping({key: value}).values()))
        for key, value in question.config.items()
    }
    command = tuple(redact_argv(list(question.command)))
    return replace(question, config=config, command=command)


def _fits(question: Question, row: _Row) -> bool:
    """Whether a run did what is asked, on whatever code."""
    if not question.command:
        return not row.distance
    # The text of a run.json holds the command as it would be written now: most runs need no parse.
    if orjson.dumps(question.command) not in row.found.to_json():
        return False
    there = dict(zip(question.config, row.values, strict=True))
    return _is_command(question, row.facts) and all(
        same_value(question.config[key], there[key]) for key in question.assigned
    )


def _nearest(rows: list[_Row], fitting: set[int], limit: int | None) -> list[_Row]:
    """The runs whose configs come nearest, nearest first; those with none of the keys do not."""
    rest = [row for row in rows if id(row) not in fitting]
    shared = (row for row in rest if any(value is not None for value in row.values))
    # Of equals the newest, which stands first.
    return heapq.nsmallest(limit or len(rest), shared, key=lambda row: row.distance)


def _is_command(question: Question, facts: Mapping[str, Any]) -> bool:
    if not question.command:
        return True
    command = tuple(facts.get("command") or ())
    return command == question.command and (facts.get("cwd") or "") == question.cwd


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
    repo: Repository, settings: Settings, rows: Iterable[_Row], tree: str | None
) -> tuple[list[_Row], list[_Row]]:
    """Those of the code that matters now, and the others."""
    same: list[_Row] = []
    other: list[_Row] = []
    with CodeIdentities(repo, settings.code_include, settings.code_exclude) as identities:
        now = identities.of(tree) if tree is not None else None
        looked: dict[str, bool] = {}
        for row in rows:
            code = row.code
            if code is None or now is None:
                other.append(row)
                continue
            if code not in looked and len(looked) < _TREES:
                looked[code] = code == tree or identities.of(code) == now
            (same if looked.get(code) else other).append(row)
    return same, other


def _best_first(rows: list[_Row]) -> list[_Row]:
    """Finished runs, then running ones, then the rest; of each the newest first."""
    order = {FINISHED: 0, RUNNING: 1}
    return sorted(rows, key=lambda row: order.get(str(row.facts.get("status")), 2))


def _earlier(row: _Row, question: Question, code: tuple[FileDelta, ...] | None) -> Earlier:
    deltas = (
        ValueDelta(key, (asked, there))
        for (key, asked), there in zip(question.config.items(), row.values, strict=True)
        if repr(asked) != repr(there) and row.distance
    )
    return Earlier(row.found.run, tuple(deltas), code, _is_command(question, row.facts))


def _code_delta(
    repo: Repository, settings: Settings, row: _Row, tree: str | None, part: str
) -> tuple[FileDelta, ...] | None:
    if part == "exact" or tree is None or row.code is None:
        return () if part == "exact" else None
    try:
        files, _ = diff_trees(repo, row.code, tree)
    except GitCommandFailed:  # its code is not here
        return None
    include, exclude = settings.code_include, settings.code_exclude
    return tuple(file for file in files if matters(file.path, include, exclude))
