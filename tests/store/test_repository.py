"""Every place that a repository can be found in, and every way that git can refuse."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import init_repo
from support.git import git

from gitexp.errors import (
    GitCommandFailed,
    GitMissing,
    GitTooOld,
    NotARepository,
    UnsafeRepository,
)
from gitexp.store.repository import FALLBACK_IDENTITY, Head, Identity, Repository


def test_open_at_the_top(repo: Path) -> None:
    opened = Repository.open()
    assert opened.worktree == repo
    assert opened.git_dir == opened.common_dir == repo / ".git"
    assert opened.object_format == "sha1"
    assert opened.gitexp_dir == repo / ".git" / "gitexp"
    assert opened.head() == Head(git(repo, "rev-parse", "HEAD"), "main")
    assert opened.identity() == Identity("Ada Lovelace", "ada@example.org")


def test_open_takes_one_git_process(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = tmp_path / "trace"
    monkeypatch.setenv("GIT_TRACE2_EVENT", str(trace))
    Repository.open()
    events = [json.loads(line)["event"] for line in trace.read_text().splitlines()]
    assert events.count("start") == 1


@pytest.mark.parametrize(
    "name", ["with space", "new\nline\n", "ünï", os.fsdecode(b"caf\xe9"), "'\""]
)
def test_open_below_a_strange_path(repo: Path, name: str) -> None:
    folder = repo / name / "deep"
    folder.mkdir(parents=True)
    assert Repository.open(folder).worktree == repo

    top = repo.parent / name
    top.mkdir()
    init_repo(top)
    nested = top / name
    nested.mkdir()
    opened = Repository.open(nested)
    assert opened.worktree == top
    assert opened.common_dir == top / ".git"
    assert opened.git("rev-parse", "--show-cdup") == b"\n"


def test_open_through_a_symlink(repo: Path) -> None:
    (repo / "real" / "deep").mkdir(parents=True)
    link = repo.parent / "link"
    link.symlink_to(repo / "real" / "deep")
    assert Repository.open(link).worktree == repo


def test_open_without_commits(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk")
    assert Repository.open(tmp_path).head() == Head(None, "trunk")


def test_open_with_detached_head(repo: Path) -> None:
    git(repo, "checkout", "-q", "--detach")
    assert Repository.open().head() == Head(git(repo, "rev-parse", "HEAD"), None)


def test_head_with_a_file_of_that_name(repo: Path) -> None:
    (repo / "HEAD").write_text("not a ref\n")
    assert Repository.open().head().branch == "main"


def test_open_a_linked_worktree(repo: Path) -> None:
    linked = repo.parent / "linked"
    git(repo, "worktree", "add", "-q", "-b", "side", str(linked))
    opened = Repository.open(linked)
    assert opened.worktree == linked
    assert opened.common_dir == repo / ".git"
    assert opened.git_dir == repo / ".git" / "worktrees" / "linked"
    assert opened.head().branch == "side"


def test_open_a_submodule(repo: Path) -> None:
    other = repo.parent / "other"
    other.mkdir()
    init_repo(other)
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "lib")
    opened = Repository.open(repo / "lib")
    assert opened.worktree == repo / "lib"
    assert opened.common_dir == repo / ".git" / "modules" / "lib"


def test_open_a_shallow_clone(repo: Path) -> None:
    (repo / "train.py").write_text("2\n")
    git(repo, "commit", "-q", "-am", "Second")
    shallow = repo.parent / "shallow"
    git(repo, "clone", "-q", "--depth=1", f"file://{repo}", str(shallow))
    opened = Repository.open(shallow)
    assert opened.worktree == shallow
    assert opened.head().commit == git(repo, "rev-parse", "HEAD")


def test_open_a_bare_repository(repo: Path) -> None:
    bare = repo.parent / "bare.git"
    git(repo, "clone", "-q", "--bare", str(repo), str(bare))
    opened = Repository.open(bare)
    assert opened.worktree is None
    assert opened.git_dir == opened.common_dir == opened.top == bare
    assert opened.head() == Head(git(repo, "rev-parse", "HEAD"), "main")


def test_open_inside_the_git_folder(repo: Path) -> None:
    opened = Repository.open(repo / ".git" / "refs")
    assert opened.worktree is None
    assert opened.git_dir == repo / ".git"


def test_open_sha256(tmp_path: Path) -> None:
    init_repo(tmp_path, "--object-format=sha256")
    opened = Repository.open(tmp_path)
    assert opened.object_format == "sha256"
    assert len(opened.null_oid) == len(opened.head().commit or "") == 64


def test_a_hooks_environment_does_not_mislead(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = repo.parent / "other"
    other.mkdir()
    init_repo(other)
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_INDEX_FILE", str(other / ".git" / "next-index-1.lock"))
    opened = Repository.open(repo)
    assert opened.worktree == repo
    assert opened.git("ls-files") == b".gitignore\ntrain.py\n"


def test_git_dir_counts_where_the_folder_is_in_none(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dotfiles = tmp_path / "dotfiles"
    dotfiles.mkdir()
    monkeypatch.chdir(dotfiles)
    monkeypatch.setenv("GIT_DIR", "../lab/.git")
    monkeypatch.setenv("GIT_WORK_TREE", ".")
    opened = Repository.open()
    assert opened.git_dir == repo / ".git"
    assert opened.worktree == dotfiles
    assert opened.git("ls-files", "--deleted") == b".gitignore\ntrain.py\n"


@pytest.mark.parametrize(
    "unset", [["user.name"], ["user.email"], ["user.name", "user.email"]], ids="+".join
)
def test_identity_falls_back(repo: Path, unset: list[str]) -> None:
    for key in unset:
        git(repo, "config", "--global", "--unset", key)
    assert Repository.open().identity() == FALLBACK_IDENTITY


def test_identity_of_the_environment(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    git(repo, "config", "--global", "--unset", "user.name")
    monkeypatch.setenv("GIT_AUTHOR_NAME", "Charles Babbage")
    monkeypatch.setenv("GIT_AUTHOR_EMAIL", "cb@example.org")
    assert Repository.open().identity() == Identity("Charles Babbage", "cb@example.org")


def test_config(repo: Path) -> None:
    git(repo, "config", "filter.LFS.clean", "cat\nand more")
    git(repo, "config", "core.sharedRepository", "group")
    with (repo / ".git" / "config").open("a") as file:
        file.write("[gitexp]\n\tflag\n")
    config = Repository.open().config
    assert config["filter.LFS.clean"] == "cat\nand more"
    assert config["core.sharedrepository"] == "group"
    assert config["gitexp.flag"] == "true"


def test_porcelain_is_the_same_repository(repo: Path) -> None:
    opened = Repository.open()
    with opened.porcelain as porcelain:
        assert porcelain.head.commit.hexsha == opened.head().commit


def test_opening_imports_no_gitpython(repo: Path) -> None:
    code = (
        "import sys; from gitexp.store.repository import Repository; Repository.open();"
        "from gitexp.store import runs, snapshot; print('git' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout == b"False\n"


def test_outside_a_repository(tmp_path: Path) -> None:
    with pytest.raises(NotARepository) as caught:
        Repository.open(tmp_path)
    assert str(tmp_path) in caught.value.message
    assert "git init" in (caught.value.hint or "")


def test_in_a_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(NotARepository):
        Repository.open(tmp_path / "nowhere")


def test_git_missing(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo))
    with pytest.raises(GitMissing):
        Repository.open()


def put_git_on_path(folder: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    folder.mkdir()
    shim = folder / "git"
    shim.write_text(f"#!/bin/sh\n{script}")
    shim.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


@pytest.mark.parametrize("known", ["echo --path-format=absolute; echo /x", "exit 129"])
def test_git_too_old(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: str
) -> None:
    # What git before 2.31 does with an option that it does not know, and what others may do.
    script = f'case "$1" in version) echo "git version 2.29.2.1";; *) {known};; esac\n'
    put_git_on_path(tmp_path / "bin", monkeypatch, script)
    with pytest.raises(GitTooOld) as caught:
        Repository.open()
    assert "2.29.2.1" in caught.value.message
    assert "2.30" in caught.value.message


def test_git_2_30_is_new_enough(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = subprocess.run(["sh", "-c", "command -v git"], capture_output=True, check=True)
    git_path = real.stdout.decode().strip()
    # Git 2.30 echoes --path-format and gives the common folder relative to the current one.
    script = (
        'if [ "$1" = version ]; then echo "git version 2.30.0"; exit; fi\n'
        'if [ "$2" = --path-format=absolute ]; then\n'
        f'  echo "$2"; shift 2; exec {git_path} rev-parse "$@"\n'
        f'fi\nexec {git_path} "$@"\n'
    )
    put_git_on_path(tmp_path / "bin", monkeypatch, script)
    (repo / "sub").mkdir()
    opened = Repository.open(repo / "sub")
    assert opened.worktree == repo
    assert opened.common_dir == opened.git_dir == repo / ".git"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs to give a folder to another user")
def test_somebody_elses_repository(repo: Path) -> None:
    os.chown(repo / ".git", 12345, 12345)
    os.chown(repo, 12345, 12345)
    with pytest.raises(UnsafeRepository) as caught:
        Repository.open()
    hint = caught.value.hint or ""
    assert f"git config --global --add safe.directory {repo}" in hint
    git(repo.parent, "config", "--global", "--add", "safe.directory", str(repo))
    assert Repository.open().worktree == repo


def test_broken_configuration(repo: Path) -> None:
    (repo / ".git" / "config").write_text("[core\n")
    with pytest.raises(GitCommandFailed, match="bad config"):
        Repository.open()


def test_a_failing_command_says_what_git_said(repo: Path) -> None:
    opened = Repository.open()
    with pytest.raises(GitCommandFailed, match=r"(?i)not a valid object name"):
        opened.git("cat-file", "-t", "nothing")
    assert opened.git("cat-file", "-e", "HEAD:nothing", ok=(0, 1, 128)) == b""
