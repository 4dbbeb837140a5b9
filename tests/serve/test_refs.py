"""A ref that moves is seen, however git keeps it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import init_repo
from support.git import git

from gitexp.serve import refs
from gitexp.serve.refs import RefStamps

MOVES = {
    "created": ("update-ref", "refs/experiments/b", "HEAD"),
    "created in a folder": ("update-ref", "refs/experiments/x/y/z", "HEAD"),
    "moved": ("update-ref", "refs/experiments/a", "HEAD~1"),
    "moved in a folder": ("update-ref", "refs/experiments/in/side", "HEAD~1"),
    "deleted": ("update-ref", "-d", "refs/experiments/a"),
    "packed": ("pack-refs", "--all"),
}


@pytest.mark.parametrize("move", MOVES.values(), ids=MOVES.keys())
@pytest.mark.parametrize("packed", [False, True], ids=["loose", "packed"])
def test_moves_are_seen(
    repo: Path, monkeypatch: pytest.MonkeyPatch, move: tuple[str, ...], packed: bool
) -> None:
    monkeypatch.setattr(refs, "_COARSE_S", 0.0)
    git(repo, "commit", "-q", "--allow-empty", "-m", "Second")
    for name in ("a", "in/side"):
        git(repo, "update-ref", f"refs/experiments/{name}", "HEAD")
    if packed:
        git(repo, "pack-refs", "--all")
        git(repo, "update-ref", "refs/experiments/loose", "HEAD")
    stamps = RefStamps(repo / ".git")
    stamps.moved()
    before = dict(stamps._stamps)
    stamps.moved()
    assert stamps._stamps == before
    git(repo, *move)
    stamps.moved()
    assert stamps._stamps != before


def test_a_repository_without_runs_gets_its_first(repo: Path) -> None:
    stamps = RefStamps(repo / ".git")
    stamps.moved()
    before = dict(stamps._stamps)
    git(repo, "update-ref", "refs/experiments/first", "HEAD")
    assert stamps.moved()
    assert stamps._stamps != before


def test_for_a_while_after_a_move_another_one_may_hide(repo: Path) -> None:
    git(repo, "update-ref", "refs/experiments/a", "HEAD")
    stamps = RefStamps(repo / ".git")
    assert stamps.moved()
    # The file system may not have counted on yet.
    assert stamps.moved()


def test_reftable(tmp_path: Path) -> None:
    top = tmp_path / "tables"
    top.mkdir()
    try:
        init_repo(top, "--ref-format=reftable")
    except subprocess.CalledProcessError:  # git before 2.45
        pytest.skip("this git has no reftable")
    stamps = RefStamps(top / ".git")
    stamps.moved()
    before = dict(stamps._stamps)
    git(top, "update-ref", "refs/experiments/first", "HEAD")
    stamps.moved()
    assert stamps._stamps != before
