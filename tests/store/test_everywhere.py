"""The whole way of a run, from snapshot to reading it back, in every kind of repository."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import init_repo
from support.git import fsck, git

from gitexp.store.objects import FILE, TREE, ObjectWriter
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.store.snapshot import take_snapshot


def plain(top: Path) -> Path:
    init_repo(top)
    return top


def without_commits(top: Path) -> Path:
    git(top, "init", "-q")
    return top


def detached(top: Path) -> Path:
    init_repo(top)
    git(top, "checkout", "-q", "--detach")
    return top


def subfolder(top: Path) -> Path:
    init_repo(top)
    (top / "sub" / "deep").mkdir(parents=True)
    return top / "sub" / "deep"


def linked_worktree(top: Path) -> Path:
    init_repo(top)
    git(top, "worktree", "add", "-q", "-b", "side", "../linked")
    return top.parent / "linked"


def shallow_clone(top: Path) -> Path:
    init_repo(top)
    git(top, "commit", "-q", "--allow-empty", "-m", "Second")
    git(top.parent, "clone", "-q", "--depth=1", f"file://{top}", "shallow")
    return top.parent / "shallow"


def submodule(top: Path) -> Path:
    init_repo(top)
    init_repo(top.parent / "other")
    git(top, "-c", "protocol.file.allow=always", "submodule", "add", "-q", "../other", "lib")
    return top / "lib"


def sha256(top: Path) -> Path:
    init_repo(top, "--object-format=sha256")
    return top


def strange_path(top: Path) -> Path:
    strange = top / os.fsdecode(b"sp ace\nnew\xe9line")
    strange.mkdir()
    init_repo(strange)
    return strange


def borrowed_objects(top: Path) -> Path:
    init_repo(top)
    git(top.parent, "clone", "-q", "--shared", str(top), "borrower")
    return top.parent / "borrower"


def objects_elsewhere(top: Path) -> Path:
    init_repo(top)
    (top / ".git" / "objects").rename(top.parent / "objects")
    (top / ".git" / "objects").symlink_to(top.parent / "objects")
    return top


@pytest.mark.parametrize(
    "make",
    [plain, without_commits, detached, subfolder, linked_worktree, shallow_clone, submodule,
     sha256, strange_path, borrowed_objects, objects_elsewhere],
)  # fmt: skip
def test_a_run(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    for name in ("lab", "other"):
        (tmp_path / name).mkdir()
    folder = make(tmp_path / "lab")
    (folder / "new.py").write_text("new\n")
    before = git(folder, "status", "--porcelain")
    repo = Repository.open(folder)
    store = RunStore(repo)
    head = repo.head().commit
    taken = take_snapshot(repo, untracked_limit_bytes=1000)

    def build(at: str | None, text: str) -> Callable[[ObjectWriter], str]:
        def write(writer: ObjectWriter) -> str:
            readme = writer.blob(text.encode())
            files = {"README.md": (FILE, readme), "run.json": (FILE, readme)}
            tree = writer.nested_tree({**files, "code": (TREE, taken.tree)})
            parents = [parent for parent in (at or head,) if parent]
            return writer.commit(
                tree, parents, f"{text}\n\nGitexp-Id: 1\n", repo.identity(), 1704067200
            )

        return write

    first = store.advance("dove", None, build(None, "started"), durable=True)
    second = store.advance("dove", first, build(first, "finished"))
    assert [commit.oid for commit in store.chain("dove")] == [second, first]
    assert dict(store.read_runs([second])) == {second: b"finished"}
    assert taken.dirty
    if head:
        files, _ = store.code_changes(head, second)
        assert [file.path.rpartition("/")[2] for file in files] == ["new.py"]
    assert git(folder, "status", "--porcelain") == before
    fsck(folder)
