"""Whatever was done to a worktree, a snapshot is what `git add --all` would commit."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from conftest import init_repo
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.git import git

from gitexp.store.repository import Repository
from gitexp.store.snapshot import take_snapshot

PATHS = ["a", "b", "d", "d/x", "d/y", "d/e/z", "new file", "skip.pyc", ".gitignore"]
ACTIONS = [
    "write", "write", "write more", "delete", "link", "executable", "folder",
    "add", "add", "rm --cached", "add -N", "commit", "same bytes",
]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(ACTIONS), st.sampled_from(PATHS)), max_size=14))
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_snapshot_is_what_git_add_all_takes(
    isolated: Path, steps: list[tuple[str, str]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        top = Path(folder) / "lab"
        top.mkdir()
        init_repo(top)
        for action, name in steps:
            act(top, action, name)
        taken = take_snapshot(Repository.open(top), untracked_limit_bytes=1000)
        assert taken.skipped == taken.warnings == ()
        git(top, "add", "--all")
        assert taken.tree == git(top, "write-tree")


def act(top: Path, action: str, name: str) -> None:
    path = top / name
    if action in ("write", "write more", "link", "folder"):
        make_way(top, path)
    if action == "write":
        path.write_text(f"{name}\n")
    elif action == "write more":
        path.write_text(f"{name}\n" * 3)
    elif action == "link":
        path.symlink_to("a")
    elif action == "folder":
        path.mkdir()
        (path / "inside").write_text("inside\n")
    elif action == "delete":
        remove(path)
    elif action == "executable":
        if path.is_file() and not path.is_symlink():
            path.chmod(0o755)
    elif action == "same bytes":
        if path.is_file() and not path.is_symlink():
            path.write_bytes(path.read_bytes())
    elif action == "commit":
        git(top, "commit", "-q", "--allow-empty", "-m", "More")
    elif action == "rm --cached":
        git(top, "rm", "-rfq", "--cached", "--ignore-unmatch", name)
    elif path.exists() and not name.endswith(".pyc"):
        git(top, *action.split(), "--force", name)


def make_way(top: Path, path: Path) -> None:
    for above in reversed(path.relative_to(top).parents):
        if not (top / above).is_dir() or (top / above).is_symlink():
            remove(top / above)
            (top / above).mkdir()
    remove(path)


def remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    elif path.exists():
        shutil.rmtree(path)


def test_the_steps_do_something(tmp_path: Path) -> None:
    init_repo(tmp_path)
    for action in ("write", "add", "commit", "link", "folder"):
        act(tmp_path, action, "d/x")
    assert git(tmp_path, "status", "--porcelain") == " D d/x"
    assert (tmp_path / "d" / "x" / "inside").exists()
