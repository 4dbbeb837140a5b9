"""Which runs ran a tree: the same answer from an index that is fresh, old, wrong or not there."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from support.git import git
from support.runs import make_run

from gitexp.index import codes
from gitexp.index.cache import RunIndex
from gitexp.index.codes import runs_based_on, runs_with_code
from gitexp.store.repository import Repository

CODE = {"train.py": b"print('better')\n"}


def refresh(repo: Repository) -> None:
    with RunIndex(repo) as index:
        index.refresh()


def asked_of_git(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The commits whose code git is asked about from now on."""
    asked: list[str] = []
    ask = codes.code_trees

    def spy(repo, oids):
        asked.extend(oids)
        return ask(repo, oids)

    monkeypatch.setattr(codes, "code_trees", spy)
    return asked


def test_only_what_the_index_lacks_is_asked_of_git(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, other = make_run(repo, "old", code=CODE), make_run(repo, "other")
    opened = Repository.open(repo)
    tree = git(repo, "rev-parse", "refs/experiments/old:code")
    asked = asked_of_git(monkeypatch)
    assert runs_with_code(opened, [tree]) == {"old": old}  # no index yet
    assert sorted(asked) == sorted([old, other])
    assert not (opened.gitexp_dir / "index.sqlite").exists()
    refresh(opened)
    asked.clear()
    assert runs_with_code(opened, [tree]) == {"old": old}
    assert asked == [old]
    new = make_run(repo, "new", code=CODE)
    git(repo, "update-ref", "-d", "refs/experiments/old")
    asked.clear()
    assert runs_with_code(opened, [tree]) == {"new": new}
    assert asked == [new]
    assert runs_with_code(opened, ["0" * 40]) == {}
    assert runs_with_code(opened, []) == {}


def test_a_run_json_is_not_believed_on_its_word(repo: Path) -> None:
    make_run(repo, "real", code=CODE)
    tree = git(repo, "rev-parse", "refs/experiments/real:code")
    make_run(repo, "liar")
    opened = Repository.open(repo)
    refresh(opened)
    with sqlite3.connect(opened.gitexp_dir / "index.sqlite") as index:
        index.execute("UPDATE facets SET code_tree = ?", (tree,))
    assert list(runs_with_code(opened, [tree])) == ["real"]


def test_runs_that_began_at_commits(repo: Path) -> None:
    make_run(repo, "before")
    git(repo, "commit", "-q", "--allow-empty", "-m", "Second")
    second = make_run(repo, "second")
    git(repo, "commit", "-q", "--allow-empty", "-m", "Third")
    opened = Repository.open(repo)
    pushed = git(repo, "rev-list", "HEAD", "--not", "HEAD~2").split()
    for _ in range(2):  # without an index, and with one
        assert runs_based_on(opened, pushed) == {"second": second}
        refresh(opened)
    third = make_run(repo, "third")
    assert runs_based_on(opened, pushed) == {"second": second, "third": third}
    assert runs_based_on(opened, []) == {}


def test_an_index_that_is_locked_or_damaged_is_passed_over(repo: Path) -> None:
    oid = make_run(repo, "a", code=CODE)
    tree = git(repo, "rev-parse", "refs/experiments/a:code")
    opened = Repository.open(repo)
    refresh(opened)
    path = opened.gitexp_dir / "index.sqlite"
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("BEGIN EXCLUSIVE")
        assert runs_with_code(opened, [tree]) == {"a": oid}
        other.execute("ROLLBACK")
    other.close()
    path.write_bytes(b"damaged" * 1000)
    assert runs_with_code(opened, [tree]) == {"a": oid}
    assert path.read_bytes().startswith(b"damaged")
