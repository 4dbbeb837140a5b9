"""Hooks that link commits and runs, through amends, rebases and pushes."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from support.cli import gitexp, wait_for
from support.git import git
from support.runs import make_run

from gitexp.cli import main
from gitexp.store.commit_notes import read_note
from gitexp.store.hooks import install_hooks
from gitexp.store.repository import Repository

CODE = {"train.py": b"print('better')\n", ".gitignore": b"*.pyc\n/data/\n"}


@pytest.fixture
def hooked(repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A repository with a remote and our hooks, an uncommitted edit, and a run of just that."""
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    git(repo, "remote", "add", "origin", str(tmp_path / "hub.git"))
    git(repo, "push", "-q", "-u", "origin", "main")
    install_hooks(Repository.open(repo))
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    (repo / "train.py").write_bytes(CODE["train.py"])
    make_run(repo, "first", code=CODE)
    return repo


def noted(top: Path, rev: str = "HEAD") -> list[str]:
    """The runs that a commit's note names."""
    return list(read_note(Repository.open(top), git(top, "rev-parse", rev)).values())


def found(top: Path, rev: str = "HEAD") -> list[str]:
    runs = json.loads(gitexp("ls", "--commit", rev, "--json", cwd=top).stdout)
    return [run["name"] for run in runs]


def test_a_commit_is_noted(hooked: Path) -> None:
    make_run(hooked, "second", code=CODE)
    git(hooked, "commit", "-q", "-a", "-m", "Better")
    assert sorted(noted(hooked)) == ["first", "second"]
    shown = git(hooked, "log", "-1", "--notes=experiments")
    assert "Experiment: first (" in shown
    (hooked / "train.py").write_text("print('other')\n")
    git(hooked, "commit", "-q", "-a", "-m", "Other")
    assert noted(hooked) == []


def test_amend_and_rebase_keep_the_link(hooked: Path) -> None:
    git(hooked, "commit", "-q", "-a", "-m", "Better")
    (hooked / "README").write_text("words\n")
    git(hooked, "add", "README")
    git(hooked, "commit", "-q", "--amend", "--no-edit")
    assert noted(hooked) == found(hooked) == ["first"]
    git(hooked, "checkout", "-q", "-b", "other", "HEAD~1")
    (hooked / "LICENSE").write_text("free\n")
    git(hooked, "add", "LICENSE")
    git(hooked, "commit", "-q", "-m", "License")
    git(hooked, "checkout", "-q", "main")
    before = git(hooked, "rev-parse", "HEAD")
    git(hooked, "rebase", "-q", "other")
    assert git(hooked, "rev-parse", "HEAD") != before
    assert noted(hooked) == found(hooked) == ["first"]


def test_a_push_names_the_runs_of_its_commits(hooked: Path) -> None:
    git(hooked, "commit", "-q", "-a", "-m", "Better")
    make_run(hooked, "onward", code={"train.py": b"print('more')\n"})
    done = push(hooked)
    assert "gitexp: 2 runs of these commits: `gitexp push onward first origin`" in done or (
        "gitexp: 2 runs of these commits: `gitexp push first onward origin`" in done
    )
    gitexp("push", cwd=hooked)
    git(hooked, "commit", "-q", "--allow-empty", "-m", "Empty")
    assert "gitexp" not in push(hooked)
    (hooked / "train.py").write_text("print('unrun')\n")
    git(hooked, "commit", "-q", "-a", "-m", "Unrun")
    assert "gitexp" not in push(hooked)


def test_a_push_through_pre_commit_names_them_too(
    hooked: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    git(hooked, "commit", "-q", "-a", "-m", "Better")
    for part, value in {
        "REMOTE_NAME": "origin",
        "LOCAL_BRANCH": "refs/heads/main",
        "TO_REF": git(hooked, "rev-parse", "HEAD"),
        "REMOTE_BRANCH": "refs/heads/main",
    }.items():
        monkeypatch.setenv(f"PRE_COMMIT_{part}", value)
    assert main(["hook", "pre-push"]) == 0
    assert (
        capsys.readouterr().err == "gitexp: 1 run of these commits: `gitexp push first origin`\n"
    )


def push(top: Path) -> str:
    """What `git push` says."""
    import subprocess

    done = subprocess.run(["git", "push"], cwd=top, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_with_the_setting_they_go_along(hooked: Path, tmp_path: Path) -> None:
    git(hooked, "commit", "-q", "-a", "-m", "Better")
    (hooked / "gitexp.toml").write_text('push = "origin"\n')
    assert "1 run of these commits go along" in push(hooked)
    wait_for(lambda: "first" in git(tmp_path / "hub.git", "for-each-ref", "refs/experiments"))
    wait_for(
        lambda: not [p for p in (hooked / ".git/gitexp/outbox").iterdir() if p.name[0] != "."]
    )


@pytest.mark.parametrize(
    ("hook", "lines"),
    [("pre-push", ["refs/heads/main "]), ("post-rewrite", ["a b", "c d"])],
)
def test_the_users_own_hook_gets_its_stdin(hooked: Path, hook: str, lines: list[str]) -> None:
    path = hooked / ".git/hooks" / hook
    path.unlink()
    path.write_text('#!/bin/sh\nset -eu\nwhile read a b c; do echo "$a $b" >> seen; done\n')
    path.chmod(0o755)
    install_hooks(Repository.open(hooked))
    import subprocess

    text = "".join(f"{line}\n" for line in lines)
    for stdin in (text, ""):
        done = subprocess.run(
            [str(path), "origin", "url"], cwd=hooked, input=stdin, text=True, capture_output=True
        )
        assert done.returncode == 0, done.stderr
    assert (hooked / "seen").read_text().splitlines() == [line for line in lines]


def test_nothing_is_said_where_gitexp_is_not(
    hooked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    git(hooked, "commit", "-q", "-a", "-m", "Better")
    assert "gitexp" not in push(hooked)
