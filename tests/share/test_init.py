"""A repository is set up, and taken back to what it was."""

from __future__ import annotations

import os
from pathlib import Path

from support.cli import gitexp
from support.git import fsck, git
from support.runs import make_run
from support.share import fetch, push, refs


def state(top: Path) -> dict[str, bytes]:
    """The files that may be touched."""
    folder = top / ".git"
    paths = [folder / "config", *(folder / "hooks").iterdir(), folder / "info/attributes"]
    return {str(path): path.read_bytes() for path in paths if path.exists()}


def settings(top: Path) -> set[str]:
    return set(git(top, "config", "--local", "--list").splitlines())


def test_undo_leaves_no_trace(ada: Path) -> None:
    git(ada, "config", "--add", "log.excludeDecoration", "refs/theirs/*")
    git(ada, "config", "--add", "remote.origin.fetch", "+refs/pull/*:refs/pull/*")
    with (ada / ".git/config").open("a") as config:
        config.write('# the end\n[remote "origin"]\n\tfetch = +refs/notes/*:refs/notes/*\n')
    before, kept = state(ada), settings(ada)
    done = gitexp("init", "--hooks", "--git-fetch", cwd=ada).stdout.decode()
    assert "gitexp-origin" in done
    assert "hook pre-push: installed" in done
    assert settings(ada) > kept
    assert gitexp("init", cwd=ada).stdout == b"all is set up already\n"
    gitexp("init", "--undo", cwd=ada)
    assert settings(ada) == kept
    assert state(ada) == before  # byte for byte
    assert gitexp("init", "--undo", cwd=ada).stdout == b"nothing was set up\n"


def test_the_users_attributes_stay(ada: Path) -> None:
    path = ada / ".git/info/attributes"
    path.parent.mkdir(exist_ok=True)
    path.write_text("*.png binary")
    gitexp("init", cwd=ada)
    assert path.read_text() == "*.png binary\n*.safetensors -delta\n"
    gitexp("init", "--undo", cwd=ada)
    assert path.read_text() == "*.png binary\n"


def test_a_plain_git_fetch_brings_runs(ada: Path, bob: Path) -> None:
    make_run(ada, "one", checkpoints={"last": {"data": os.urandom(2 * 2**20)}})
    push(ada)
    gitexp("init", "--git-fetch", cwd=bob)
    git(bob, "fetch", "-q")
    assert git(bob, "rev-parse", "refs/gitexp/fetched/origin/one") == refs(ada)["one"]
    assert fetch(bob) == {"one": "new"}


def test_undo_keeps_the_way_to_checkpoints_on_the_server(ada: Path, bob: Path) -> None:
    make_run(ada, "one", checkpoints={"last": {"data": os.urandom(2 * 2**20)}})
    push(ada)
    fetch(bob)
    done = gitexp("init", "--undo", cwd=bob, code=1)
    assert b"gitexp-origin stays: 1 files of checkpoints" in done.stderr
    fetch(bob, checkpoints=True)
    gitexp("init", "--undo", cwd=bob)
    assert "gitexp-origin" not in git(bob, "config", "--list")
    assert refs(bob) == refs(ada)
    fsck(bob)


def test_without_a_remote(repo: Path) -> None:
    assert b"info/attributes" in gitexp("init", cwd=repo).stdout
    assert gitexp("init", "--git-fetch", cwd=repo, code=1).stderr.startswith(b"error: this repos")
    assert gitexp("init", "--undo", "--hooks", cwd=repo, code=2).stderr.startswith(
        b"error: --undo"
    )
