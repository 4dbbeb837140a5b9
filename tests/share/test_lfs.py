"""Runs with checkpoints in git-lfs reach a remote with all that their pointers stand for."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from support.cli import gitexp
from support.git import fsck, git
from support.lfs import path_without_git_lfs
from support.runs import make_run
from support.share import fetch, push, push_shared, refs
from support.states import assert_same

from gitexp.errors import LfsProblem
from gitexp.journal.spool import spool_state
from gitexp.query.checkpoints import load_checkpoint
from gitexp.store.checkpoints import write_checkpoint
from gitexp.store.lfs import Pointer, object_path, parse_pointer
from gitexp.store.lfs_objects import let_go
from gitexp.store.repository import Repository


def objects(top: Path) -> set[str]:
    """What lies in a git-lfs store."""
    return {path.name for path in (top / "lfs" / "objects").rglob("*") if path.is_file()}


def save(top: Path, spool: Path, name: str, seed: int) -> dict[str, torch.Tensor]:
    """A run with a checkpoint in git-lfs."""
    torch.manual_seed(seed)
    state = {"w": torch.randn(300)}
    spool_state(spool / name, state)
    tree = write_checkpoint(Repository.open(top), spool / name, lfs=True)
    make_run(top, name, checkpoints={"last": {"tree": tree}})
    return state


def pointer_of(top: Path, name: str) -> Pointer:
    path = f"refs/experiments/{name}:checkpoints/last/model.safetensors"
    pointer = parse_pointer(Repository.open(top).git("cat-file", "blob", path))
    assert pointer is not None
    return pointer


def lose(top: Path, name: str) -> None:
    """Remove a run's object from the local store."""
    repo, pointer = Repository.open(top), pointer_of(top, name)
    let_go(repo, [pointer])
    object_path(repo, pointer).unlink()


def test_push_and_load_elsewhere(ada: Path, bob: Path, hub: Path, tmp_path: Path) -> None:
    state = save(ada, tmp_path / "spool", "one", 1)
    other = save(ada, tmp_path / "spool", "two", 2)
    assert push(ada) == {"one": "new", "two": "new"}
    assert objects(hub) == objects(ada / ".git")
    assert len(objects(hub)) == 2
    assert fetch(bob) == {"one": "new", "two": "new"}
    assert objects(bob / ".git") == set()
    assert_same(state, load_checkpoint("one", repo=bob))
    assert len(objects(bob / ".git")) == 1
    fetch(bob, checkpoints=True)
    assert len(objects(bob / ".git")) == 2
    hub.rename(tmp_path / "gone")
    assert_same(other, load_checkpoint("two", repo=bob))
    fsck(bob)


def test_what_was_pushed_is_git_lfs_own_to_prune(ada: Path, hub: Path, tmp_path: Path) -> None:
    save(ada, tmp_path / "spool", "one", 1)
    held = ada / ".git" / "gitexp" / "lfs"
    assert len(list(held.iterdir())) == 1
    push(ada)
    assert list(held.iterdir()) == []


def test_push_after_a_prune(
    ada: Path, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(ada, tmp_path / "spool", "one", 1)
    git(ada, "lfs", "prune")
    assert objects(ada / ".git") == set()
    assert push(ada) == {"one": "new"}
    assert len(objects(hub)) == 1


def test_to_an_address(ada: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "other.git")
    save(ada, tmp_path / "spool", "one", 1)
    assert push(ada, to=f"file://{tmp_path / 'other.git'}") == {"one": "new"}
    assert len(objects(tmp_path / "other.git")) == 1


def test_a_run_whose_object_is_nowhere_stays_the_others_go(
    ada: Path, hub: Path, tmp_path: Path
) -> None:
    save(ada, tmp_path / "spool", "bad", 1)
    save(ada, tmp_path / "spool", "good", 2)
    lose(ada, "bad")
    done = push_shared(ada)
    assert {run.name: run.what for run in done.runs} == {"bad": "refused", "good": "new"}
    (bad,) = (run for run in done.runs if run.name == "bad")
    assert "1 of its checkpoints' git-lfs objects are not here" in bad.why
    assert list(refs(hub)) == ["good"]
    assert len(objects(hub)) == 1


def test_a_remote_that_takes_no_objects(ada: Path, hub: Path, tmp_path: Path) -> None:
    save(ada, tmp_path / "spool", "one", 1)
    (hub / "lfs").write_text("in the way")
    (run,) = push_shared(ada).runs
    assert run.what == "refused"
    assert "origin did not take git-lfs objects" in run.why
    assert refs(hub) == {}


def test_the_users_own_lfs_files_go_along(ada: Path, hub: Path, tmp_path: Path) -> None:
    content = b"weights\n"
    done = subprocess.run(
        ["git", "lfs", "clean"], input=content, capture_output=True, check=True, cwd=ada
    )
    unknown = Pointer("ab" * 32, 7).encode()
    make_run(ada, "one", code={"data.bin": done.stdout, "fixture.txt": unknown})
    assert push(ada) == {"one": "new"}
    assert len(objects(hub)) == 1


def test_a_fetch_that_gets_no_checkpoints(ada: Path, bob: Path, hub: Path, tmp_path: Path) -> None:
    save(ada, tmp_path / "spool", "one", 1)
    push(ada)
    (hub / "lfs").rename(tmp_path / "gone")
    with pytest.raises(LfsProblem, match="did not give the checkpoints' git-lfs objects"):
        fetch(bob, checkpoints=True)


def test_runs_without_lfs_start_no_git_lfs(
    ada: Path, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "called"
    (tmp_path / "bin").mkdir()
    fake = tmp_path / "bin" / "git-lfs"
    fake.write_text(f"#!/bin/sh\necho called >> {log}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    make_run(ada, "one", files={"media/a.txt": b"x" * 130})
    assert push(ada) == {"one": "new"}
    fetch(ada, checkpoints=True)
    assert not log.exists()
    save(ada, tmp_path / "spool", "two", 1)
    push(ada)
    assert log.exists()


TRAIN = """
import gitexp, torch
run = gitexp.init(name="x")
torch.manual_seed(0)
gitexp.save_checkpoint({"w": torch.randn(300)}, label="a")
gitexp.finish()
"""


@pytest.mark.parametrize("there", [True, False])
def test_a_recorded_run(
    ada: Path, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    (ada / "train.py").write_text(TRAIN)
    (ada / "gitexp.toml").write_text('checkpoints.backend = "lfs"\n')
    if not there:
        monkeypatch.setenv("PATH", path_without_git_lfs(tmp_path / "bin"))
    done = gitexp("record", "-n", "x", "--", sys.executable, "train.py")
    listed = git(ada, "ls-tree", "--name-only", "refs/experiments/x:checkpoints/a").split()
    warnings = git(ada, "show", "refs/experiments/x:run.json")
    if there:
        assert listed == [".gitattributes", "model.safetensors", "skeleton.json"]
        assert "git-lfs" not in warnings
    else:
        assert listed == ["model.safetensors", "skeleton.json"]
        assert "git-lfs was not found, so this run's checkpoints go into git" in warnings
        assert "git-lfs was not found" in done.stderr.decode()
    torch.manual_seed(0)
    assert_same({"w": torch.randn(300)}, load_checkpoint("x"))
    push(ada)
    assert len(objects(hub)) == (1 if there else 0)
