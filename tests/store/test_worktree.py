"""Worktrees of a run's code: exact, and harmless whoever wrote the run."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import pytest
from conftest import init_repo
from support.git import fsck, git
from support.runs import make_run

from gitexp.errors import GitexpError
from gitexp.store.objects import FILE, SYMLINK, TREE, ObjectWriter
from gitexp.store.repository import Repository
from gitexp.store.worktree import add_worktree, code_commit, remove_worktree

CODE = {"train.py": b"print('new')\n", "lib/net.py": b"width = 3\n"}


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != ".git"
    }


def commit_of(repo: Path, name: str) -> str:
    base = git(repo, "rev-parse", "HEAD")
    return code_commit(Repository.open(repo), f"refs/experiments/{name}", base, name, 0.0)


def test_the_worktree_holds_the_code_and_nothing_else(repo: Path, tmp_path: Path) -> None:
    make_run(repo, "dove", code=CODE)
    before = git(repo, "status", "--porcelain")
    commit = commit_of(repo, "dove")
    made = add_worktree(Repository.open(repo), tmp_path / "out", commit)
    assert files_of(made.folder) == CODE
    assert git(made.folder, "status", "--porcelain") == ""
    assert git(made.folder, "rev-parse", "HEAD^{tree}") == git(
        repo, "rev-parse", "refs/experiments/dove:code"
    )
    # What had not been committed is what the commit changes.
    assert git(made.folder, "diff", "--name-status", "HEAD~").splitlines() == [
        "D\t.gitignore",
        "A\tlib/net.py",
        "M\ttrain.py",
    ]
    assert git(repo, "status", "--porcelain") == before
    assert git(repo, "branch", "--list").split() == ["*", "main"]
    fsck(repo)


def test_clean_code_is_its_base_commit(repo: Path) -> None:
    make_run(repo, "dove")
    assert commit_of(repo, "dove") == git(repo, "rev-parse", "HEAD")


def test_the_commit_is_the_same_each_time(repo: Path) -> None:
    make_run(repo, "dove", code=CODE)
    assert commit_of(repo, "dove") == commit_of(repo, "dove")


@pytest.mark.parametrize("base", [None, "0" * 40, "--help", "main"])
def test_a_base_that_is_not_here_plays_no_part(repo: Path, base: str | None) -> None:
    make_run(repo, "dove", code=CODE)
    opened = Repository.open(repo)
    commit = code_commit(opened, "refs/experiments/dove", base, "dove", 0.0)
    assert git(repo, "rev-list", "--count", commit) == "1"


def test_a_sha256_repository(tmp_path: Path) -> None:
    top = tmp_path / "lab"
    top.mkdir()
    init_repo(top, "--object-format=sha256")
    make_run(top, "dove", code=CODE)
    made = add_worktree(Repository.open(top), tmp_path / "out", commit_of(top, "dove"))
    assert files_of(made.folder) == CODE


def test_a_run_without_code(repo: Path) -> None:
    make_run(repo, "dove")
    opened = Repository.open(repo)
    rev = f"{git(repo, 'rev-parse', 'HEAD')}"
    with pytest.raises(GitexpError, match="code of run 'dove' is not in this repository"):
        code_commit(opened, rev, None, "dove", 0.0)


@pytest.mark.parametrize("kind", ["file", "full", "link", "nowhere"])
def test_what_is_in_the_way_is_left_as_it_is(repo: Path, tmp_path: Path, kind: str) -> None:
    make_run(repo, "dove", code=CODE)
    folder = tmp_path / "out"
    if kind == "file":
        folder.write_text("mine")
    elif kind == "full":
        folder.mkdir()
        (folder / "mine").write_text("mine")
    elif kind == "link":
        (tmp_path / "elsewhere").mkdir()
        folder.symlink_to(tmp_path / "elsewhere")
    else:
        folder = tmp_path / "a" / "b"
    with pytest.raises(GitexpError):
        add_worktree(Repository.open(repo), folder, commit_of(repo, "dove"))
    assert not (tmp_path / "a").exists()
    assert git(repo, "worktree", "list").count("\n") == 0
    if kind == "full":
        assert files_of(folder) == {"mine": b"mine"}
    if kind == "link":
        assert list((tmp_path / "elsewhere").iterdir()) == []


def test_an_empty_folder_is_taken_and_a_removed_worktree_leaves_nothing(
    repo: Path, tmp_path: Path
) -> None:
    make_run(repo, "dove", code=CODE)
    opened = Repository.open(repo)
    (tmp_path / "out").mkdir()
    add_worktree(opened, tmp_path / "out", commit_of(repo, "dove"))
    (tmp_path / "out" / "train.py").write_text("changed")
    remove_worktree(opened, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert git(repo, "worktree", "list").count("\n") == 0


def hand_made(repo: Path, tree: str) -> str:
    """A commit as somebody else's gitexp, or no gitexp at all, might have pushed it."""
    return git(repo, "commit-tree", "-m", "x", tree)


def raw_tree(repo: Path, *rows: tuple[bytes, bytes, str]) -> str:
    content = b"".join(b"%s %s\0%s" % (m, n, bytes.fromhex(o)) for m, n, o in rows)
    command = ("hash-object", "-t", "tree", "-w", "--stdin", "--literally")
    return git(repo, *command, input=content)


@pytest.mark.parametrize("name", [b"..", b".git", b".GIT"])
def test_paths_that_lead_out_are_refused_and_nothing_is_left(
    repo: Path, tmp_path: Path, name: bytes
) -> None:
    blob = git(repo, "hash-object", "-w", "--stdin", input=b"evil")
    inner = raw_tree(repo, (b"100644", b"escaped", blob))
    tree = raw_tree(repo, (b"40000", name, inner))
    with pytest.raises(GitexpError, match="cannot check out"):
        add_worktree(Repository.open(repo), tmp_path / "out", hand_made(repo, tree))
    assert not (tmp_path / "out").exists()
    assert not (tmp_path / "escaped").exists()


def test_a_file_behind_a_link_is_not_written_through_it(repo: Path, tmp_path: Path) -> None:
    """`out -> ../../elsewhere` and `out/file` in one tree."""
    (tmp_path / "elsewhere").mkdir()
    target = git(repo, "hash-object", "-w", "--stdin", input=os.fsencode(tmp_path / "elsewhere"))
    blob = git(repo, "hash-object", "-w", "--stdin", input=b"evil")
    inner = raw_tree(repo, (b"100644", b"file", blob))
    tree = raw_tree(repo, (b"120000", b"out", target), (b"40000", b"out", inner))
    with contextlib.suppress(GitexpError):
        add_worktree(Repository.open(repo), tmp_path / "wt", hand_made(repo, tree))
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_links_that_lead_out_and_submodules_are_named(repo: Path, tmp_path: Path) -> None:
    opened = Repository.open(repo)
    writer = ObjectWriter(opened)
    link = {
        name: (SYMLINK, writer.blob(target))
        for name, target in (
            ("data", b"/mnt/data"),
            ("up", b"../../x"),
            ("ok", b"sub/../train.py"),
        )
    }
    inner = writer.tree({"back": (SYMLINK, writer.blob(b"../train.py"))})
    head = git(repo, "rev-parse", "HEAD")
    tree = writer.tree(
        {**link, "train.py": (FILE, writer.blob(b"1\n")), "sub": (TREE, inner),
         "vendored": (0o160000, head)}
    )  # fmt: skip
    writer.flush()
    made = add_worktree(opened, tmp_path / "wt", hand_made(repo, tree))
    assert made.outward_links == ("data → /mnt/data", "up → ../../x")
    assert made.submodules == ("vendored",)


def test_no_hook_of_the_code_runs(repo: Path, tmp_path: Path) -> None:
    hook = f"#!/bin/sh\ntouch {tmp_path}/ran\n".encode()
    make_run(repo, "dove", code={**CODE, "hooks/post-checkout": hook})
    git(repo, "config", "core.hooksPath", "hooks")
    (repo / ".git" / "hooks").mkdir(exist_ok=True)
    (repo / ".git" / "hooks" / "post-checkout").write_bytes(hook)
    (repo / ".git" / "hooks" / "post-checkout").chmod(0o755)
    made = add_worktree(Repository.open(repo), tmp_path / "out", commit_of(repo, "dove"))
    (made.folder / "hooks" / "post-checkout").chmod(0o755)
    assert not (tmp_path / "ran").exists()


def test_a_sparse_checkout_of_ours_leaves_nothing_out_there(repo: Path, tmp_path: Path) -> None:
    make_run(repo, "dove", code=CODE)
    git(repo, "config", "extensions.worktreeConfig", "true")
    git(repo, "sparse-checkout", "set", "--no-cone", "/train.py")
    made = add_worktree(Repository.open(repo), tmp_path / "out", commit_of(repo, "dove"))
    assert files_of(made.folder) == CODE
