"""From code to the runs that ran it: by commit, or by a line of a file."""

from __future__ import annotations

import difflib
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gitexp.errors import UsageError
from gitexp.query.runs import Found, Runs
from gitexp.schema.names import CODE
from gitexp.store.commit_notes import read_note
from gitexp.store.reader import read_blobs
from gitexp.store.repository import Repository


def runs_of_commit(runs: Runs, rev: str) -> list[Found]:
    """The runs whose code is a commit's, was based on it, or is named in its note, newest first.

    Raises:
        UsageError: there is no such commit.
    """
    said = runs.repo.git("rev-parse", "-q", "--verify", f"{rev}^{{commit}}", ok=(0, 1, 128))
    commit = said.decode().strip()
    if not commit:
        raise UsageError(f"{rev!r} is no commit", "`git log` lists commits")
    tree = runs.repo.git("rev-parse", f"{commit}^{{tree}}").decode().strip()
    noted = read_note(runs.repo, commit)
    found = []
    for run in runs.scan():
        facts = run.peek().get("git") or {}
        is_code = facts.get("code_tree") == tree or facts.get("base_commit") == commit
        if is_code or run.id in noted:
            found.append(run)
    return found


@dataclass(frozen=True, slots=True)
class LineRuns:
    """A line of a file and the runs that ran it."""

    path: str  # from the worktree's top
    line: int  # from 1
    text: str
    written: str  # the commit that it comes from: oid, author and subject; empty: not committed
    runs: tuple[Found, ...]  # newest first


def runs_of_line(runs: Runs, file: Path, line: int) -> LineRuns:
    """The runs whose code has a line of a file, at its place among the lines around it.

    Args:
        runs: to look through.
        file: as it is in the worktree.
        line: its number, from 1.

    Raises:
        UsageError: there is no such file in the worktree, or no such line.
    """
    repo = runs.repo
    lines, path = _read(repo, file), _inside(repo, file)
    if not 1 <= line <= len(lines):
        raise UsageError(f"{path} has {len(lines)} lines, no line {line}")
    everything = [run for run in runs.scan() if run.oid is not None]
    oids = _blobs(repo, [f"{run.oid}:{CODE}/{path}" for run in everything])
    distinct = list(dict.fromkeys(oid for oid in oids if oid))
    has = {
        oid: content is not None and _has_line(content.splitlines(), lines, line - 1)
        for oid, content in zip(distinct, read_blobs(repo, distinct), strict=True)
    }
    return LineRuns(
        path=path,
        line=line,
        text=lines[line - 1].decode("utf-8", "replace"),
        written=_written(repo, path, line),
        runs=tuple(run for run, oid in zip(everything, oids, strict=True) if has.get(oid)),
    )


def _read(repo: Repository, file: Path) -> list[bytes]:
    try:
        return file.read_bytes().splitlines()
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error


def _inside(repo: Repository, file: Path) -> str:
    top = os.path.realpath(repo.top)
    path = os.path.relpath(os.path.realpath(file), top)
    if path.startswith(".."):
        raise UsageError(f"{file} is outside {top}")
    return path


def _blobs(repo: Repository, revs: Sequence[str]) -> list[str]:
    """The oid of each file; "" where a run does not have it. Trees are never left on a server."""
    said = repo.git(
        *("cat-file", "--batch-check=%(objectname)", "--buffer"),
        input=os.fsencode("".join(f"{rev}\n" for rev in revs)),
    )
    return ["" if b" " in line else line.decode() for line in said.splitlines()]


def _has_line(theirs: Sequence[bytes], ours: Sequence[bytes], at: int) -> bool:
    """Whether our line `at` is among theirs, in the same surroundings."""
    if ours[at] not in theirs:
        return False
    matcher = difflib.SequenceMatcher(None, theirs, ours, autojunk=False)
    return any(block.b <= at < block.b + block.size for block in matcher.get_matching_blocks())


def _written(repo: Repository, path: str, line: int) -> str:
    said = repo.git(
        *("blame", "-s", "--porcelain", f"-L{line},{line}", "--", path), ok=(0, 1, 128)
    ).decode("utf-8", "replace")
    facts = dict(row.partition(" ")[::2] for row in said.splitlines())
    oid = said.split(" ", 1)[0]
    if not oid.strip("0") or "summary" not in facts:
        return ""
    return f"{oid[:10]} {facts.get('author', '')}: {facts['summary']}"
