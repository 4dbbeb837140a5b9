"""A run's commit holds all its objects, whatever a gc does at the same time."""

from __future__ import annotations

import os
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.git import fsck, git

from gitexp.errors import ObjectsMissing, RefMoved
from gitexp.store import advance as module
from gitexp.store.advance import advance, wait_for_gc
from gitexp.store.objects import FILE, TREE, ObjectWriter
from gitexp.store.reader import missing_objects
from gitexp.store.refs import read_ref
from gitexp.store.repository import Repository

REF = "refs/experiments/quick-purple-dove"


def build_with(repo: Repository, text: str, parent: str | None = None) -> module.Build:
    def build(writer: ObjectWriter) -> str:
        build.calls += 1  # type: ignore[attr-defined]
        blob = writer.blob(text.encode())
        tree = writer.nested_tree({"README.md": (FILE, blob), "plots/loss.svg": (FILE, blob)})
        return writer.commit(tree, [parent] if parent else [], text, repo.identity(), 1704067200)

    build.calls = 0  # type: ignore[attr-defined]
    return build


def once(
    monkeypatch: pytest.MonkeyPatch, name: str, *, before: Callable[[], object]
) -> Callable[[], int]:
    """Let something happen right before the first call of a function of the module."""
    real = getattr(module, name)
    calls = []

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        calls.append(1)
        if len(calls) == 1:
            before()
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, wrapper)
    return lambda: len(calls)


def test_a_chain_grows(repo: Path) -> None:
    opened = Repository.open()
    first = advance(opened, REF, None, build_with(opened, "1", opened.head().commit))
    second = advance(opened, REF, first, build_with(opened, "2", first), durable=True)
    assert git(repo, "rev-list", REF).split() == [second, first, opened.head().commit]
    fsck(repo)


def test_a_ref_that_moved_stays(repo: Path) -> None:
    opened = Repository.open()
    first = advance(opened, REF, None, build_with(opened, "1"))
    for old in (None, opened.head().commit):
        with pytest.raises(RefMoved):
            advance(opened, REF, old, build_with(opened, "2", first))
    assert read_ref(opened, REF) == first


def test_pruned_before_the_ref_holds_it(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Repository.open()
    build = build_with(opened, "1")
    moves = once(monkeypatch, "update_refs", before=lambda: git(repo, "prune", "--expire=now"))
    oid = advance(opened, REF, None, build)
    assert (build.calls, moves()) == (2, 2)  # type: ignore[attr-defined]
    assert read_ref(opened, REF) == oid
    fsck(repo)


def test_pruned_after_the_ref_was_moved(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A gc that looked before the ref moved deletes the objects afterwards.
    opened = Repository.open()
    build = build_with(opened, "1")

    def prune_what_was_unreachable() -> None:
        oid = git(repo, "rev-parse", f"{REF}:plots/loss.svg")
        (repo / ".git" / "objects" / oid[:2] / oid[2:]).unlink()

    once(monkeypatch, "wait_for_gc", before=prune_what_was_unreachable)
    oid = advance(opened, REF, None, build)
    assert build.calls == 2  # type: ignore[attr-defined]
    assert read_ref(opened, REF) == oid
    fsck(repo)


def test_what_build_did_not_write_is_missed(repo: Path) -> None:
    opened = Repository.open()

    def build(writer: ObjectWriter) -> str:
        tree = writer.tree({"code": (TREE, "1" * 40)})
        return writer.commit(tree, [], "x", opened.identity(), 1704067200)

    with pytest.raises(ObjectsMissing, match="1" * 40):
        advance(opened, REF, None, build)


def test_what_a_partial_clone_lacks_is_not_missed(repo: Path) -> None:
    git(repo, "config", "uploadpack.allowFilter", "true")
    partial = repo.parent / "partial"
    git(repo, "clone", "-q", "--no-checkout", "--filter=blob:none", f"file://{repo}", str(partial))
    opened = Repository.open(partial)
    code = git(partial, "rev-parse", "HEAD^{tree}")
    absent = git(repo, "rev-parse", "HEAD:train.py")

    def build(writer: ObjectWriter) -> str:
        tree = writer.tree({"code": (TREE, code)})
        return writer.commit(tree, [], "x", opened.identity(), 1704067200)

    advance(opened, REF, None, build)
    assert missing_objects(opened, [absent]) == {absent}


def test_beside_a_gc_that_prunes_all_the_time(repo: Path) -> None:
    opened = Repository.open()
    stop = threading.Event()

    def collect() -> None:
        while not stop.is_set():
            subprocess.run(["git", "gc", "-q", "--prune=now"], cwd=repo, capture_output=True)

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        at, chain = None, []
        for number in range(25):
            at = advance(opened, REF, at, build_with(opened, f"{number}", at))
            chain.append(at)
    finally:
        stop.set()
        thread.join()
    assert git(repo, "rev-list", "--reverse", REF).split() == chain
    fsck(repo)


@pytest.fixture
def gc_pid(repo: Path) -> Path:
    return repo / ".git" / "gc.pid"


def test_a_gc_that_runs_is_waited_for(repo: Path, gc_pid: Path) -> None:
    gc_pid.write_text(f"{os.getpid()} {socket.gethostname()}")
    ends = threading.Timer(0.3, gc_pid.unlink)
    ends.start()
    began = time.monotonic()
    assert wait_for_gc(Repository.open(), 10)
    assert 0.2 < time.monotonic() - began < 5
    ends.join()


def test_the_next_gc_is_not_waited_for(repo: Path, gc_pid: Path) -> None:
    gc_pid.write_text(f"{os.getpid()} {socket.gethostname()}")
    next_one = threading.Timer(0.3, gc_pid.write_text, [f"1 {socket.gethostname()}"])
    next_one.start()
    began = time.monotonic()
    assert wait_for_gc(Repository.open(), 10)
    assert time.monotonic() - began < 5
    next_one.join()


def test_a_gc_elsewhere_is_waited_for_to_the_limit(repo: Path, gc_pid: Path) -> None:
    gc_pid.write_text("1 another.host")
    began = time.monotonic()
    assert wait_for_gc(Repository.open(), 0.2)
    assert 0.2 <= time.monotonic() - began < 5


def test_a_gc_that_died_is_not_waited_for(repo: Path, gc_pid: Path) -> None:
    opened = Repository.open()
    assert not wait_for_gc(opened, 10)
    process = subprocess.Popen(["true"])
    process.wait()
    gc_pid.write_text(f"{process.pid} {socket.gethostname()}")
    assert not wait_for_gc(opened, 10)
    gc_pid.write_text("1 another.host")
    os.utime(gc_pid, (1, 1))
    assert not wait_for_gc(opened, 10)
