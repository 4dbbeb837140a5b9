"""Refs move by compare-and-swap, whatever else holds them."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from support.git import git

from gitexp.errors import GitCommandFailed, ObjectsMissing, RefLocked, RefMoved
from gitexp.store import refs
from gitexp.store.refs import RefChange, read_ref, read_refs, update_refs
from gitexp.store.repository import Repository

REF = "refs/experiments/quick-purple-dove"


@pytest.fixture
def commits(repo: Path) -> tuple[str, str]:
    git(repo, "commit", "-q", "--allow-empty", "-m", "Second")
    return git(repo, "rev-parse", "HEAD~1"), git(repo, "rev-parse", "HEAD")


def test_create_move_delete(repo: Path, commits: tuple[str, str]) -> None:
    opened = Repository.open()
    first, second = commits
    assert read_ref(opened, REF) is None
    update_refs(opened, [RefChange(REF, None, first)])
    assert read_ref(opened, REF) == first
    update_refs(opened, [RefChange(REF, first, second)])
    assert read_refs(opened, "refs/experiments/") == {REF: second}
    update_refs(opened, [RefChange(REF, second, None)])
    assert read_refs(opened, "refs/experiments/") == {}


def test_read_ref_is_exact(repo: Path, commits: tuple[str, str]) -> None:
    opened = Repository.open()
    update_refs(opened, [RefChange(f"{REF}/deeper", None, commits[0])])
    assert read_ref(opened, REF) is None


def test_names_with_what_python_takes_for_line_breaks(
    repo: Path, commits: tuple[str, str]
) -> None:
    name = f"{REF}\u2028\x85end"
    update_refs(Repository.open(), [RefChange(name, None, commits[0])])
    assert read_refs(Repository.open(), "refs/experiments/") == {name: commits[0]}


def test_no_reflog_is_written(repo: Path, commits: tuple[str, str]) -> None:
    update_refs(Repository.open(), [RefChange(REF, None, commits[0])])
    assert not (repo / ".git" / "logs" / "refs" / "experiments").exists()


@pytest.mark.parametrize("old", ["none", "other"])
def test_a_ref_that_moved(repo: Path, commits: tuple[str, str], old: str) -> None:
    opened = Repository.open()
    first, second = commits
    update_refs(opened, [RefChange(REF, None, first)])
    expected = None if old == "none" else second
    with pytest.raises(RefMoved) as caught:
        update_refs(opened, [RefChange(REF, expected, second)])
    assert (caught.value.ref, caught.value.found) == (REF, first)
    assert read_ref(opened, REF) == first


def test_a_ref_that_is_gone(repo: Path, commits: tuple[str, str]) -> None:
    opened = Repository.open()
    for new in (commits[1], None):
        with pytest.raises(RefMoved) as caught:
            update_refs(opened, [RefChange(REF, commits[0], new)])
        assert caught.value.found is None


def test_all_or_none(repo: Path, commits: tuple[str, str]) -> None:
    opened = Repository.open()
    first, second = commits
    update_refs(opened, [RefChange(f"{REF}-1", None, first)])
    changes = [RefChange(f"{REF}-1", first, second), RefChange(f"{REF}-2", second, first)]
    with pytest.raises(RefMoved):
        update_refs(opened, changes)
    assert read_refs(opened, "refs/experiments/") == {f"{REF}-1": first}


def test_a_commit_that_is_missing(repo: Path, commits: tuple[str, str]) -> None:
    with pytest.raises(ObjectsMissing):
        update_refs(Repository.open(), [RefChange(REF, None, "1" * 40)])


def test_a_name_that_git_refuses(repo: Path, commits: tuple[str, str]) -> None:
    with pytest.raises(GitCommandFailed, match="invalid ref"):
        update_refs(Repository.open(), [RefChange("refs/experiments/a..b", None, commits[0])])


@pytest.mark.parametrize("lock", [f"{REF}.lock", "packed-refs.lock"])
def test_a_lock_that_somebody_else_holds_for_a_while(
    repo: Path, commits: tuple[str, str], lock: str
) -> None:
    opened = Repository.open()
    first, _ = commits
    update_refs(opened, [RefChange(REF, None, first)])
    git(repo, "pack-refs", "--all")
    file = repo / ".git" / lock
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    releases = threading.Timer(1.3, file.unlink)
    releases.start()
    began = time.monotonic()
    # Deleting a packed ref needs both locks.
    update_refs(opened, [RefChange(REF, first, None)])
    releases.join()
    assert time.monotonic() - began > 1
    assert read_ref(opened, REF) is None


@pytest.mark.parametrize("lock", [f"{REF}.lock", "packed-refs.lock"])
def test_a_lock_that_stays(
    repo: Path, commits: tuple[str, str], lock: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(refs, "LOCK_WAIT_MS", 200)
    opened = Repository.open()
    update_refs(opened, [RefChange(REF, None, commits[0])])
    git(repo, "pack-refs", "--all")
    file = repo / ".git" / lock
    file.touch()
    with pytest.raises(RefLocked) as caught:
        update_refs(opened, [RefChange(REF, commits[0], None)])
    assert str(file) in caught.value.message
    assert "remove that .lock file" in (caught.value.hint or "")
    assert read_ref(opened, REF) == commits[0]


def test_a_ref_to_an_object_that_is_missing(repo: Path, commits: tuple[str, str]) -> None:
    file = repo / ".git" / REF
    file.parent.mkdir(parents=True)
    file.write_text("1" * 40 + "\n")
    assert read_ref(Repository.open(), REF) == "1" * 40


def test_a_tag_with_the_name_of_a_ref(repo: Path, commits: tuple[str, str]) -> None:
    git(repo, "update-ref", f"refs/tags/{REF}", commits[0])
    assert read_ref(Repository.open(), REF) is None
