"""Runs are seen from afar while they run, and the network never bothers the training."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from support.cli import gitexp, start_gitexp, wait_for
from support.git import git
from support.runs import make_run
from support.share import fetch, push, refs, run_json

from gitexp.record import pusher
from gitexp.record.outbox import outbox, push_in_background, read_outbox
from gitexp.store.repository import Repository

TRAIN = """
import gitexp, time, pathlib
run = gitexp.init()
for step in range(10_000):
    gitexp.log({"loss": 1 / (step + 1)})
    time.sleep(0.05)
    if pathlib.Path("stop").exists():
        break
"""


def arrived(top: Path) -> bool:
    """Whether no pusher has anything to do any more."""
    return not read_outbox(Repository.open(top))


def test_a_running_run_is_seen_elsewhere(ada: Path, bob: Path, hub: Path) -> None:
    (ada / "train.py").write_text(TRAIN)
    process = start_gitexp(
        "record", "--push", "--name", "far", sys.executable, "train.py", cwd=ada
    )
    try:
        wait_for(lambda: "far" in refs(hub))
        listed = gitexp("ls", "--fetch", cwd=bob).stdout.decode()
        assert "running" in listed
        assert "news" in listed.splitlines()[0]
    finally:
        (ada / "stop").touch()
        process.communicate(timeout=60)
    assert process.returncode == 0
    wait_for(lambda: arrived(ada))
    assert run_json(hub, "far")["status"] == "finished"
    assert fetch(bob) == {"far": "changed"}
    assert refs(bob) == refs(ada)
    assert "news" not in gitexp("ls", cwd=bob).stdout.decode()


def test_the_setting_pushes_bare_scripts_too(ada: Path, hub: Path) -> None:
    (ada / "gitexp.toml").write_text('push = "origin"\n')
    (ada / "train.py").write_text('import gitexp\ngitexp.init()\ngitexp.log({"loss": 1})\n')
    os.spawnv(os.P_WAIT, sys.executable, [sys.executable, "train.py"])
    wait_for(lambda: refs(hub))
    wait_for(lambda: arrived(ada))
    (name,) = refs(hub)
    assert run_json(hub, name)["status"] == "finished"


def test_no_push_wins_over_the_setting(ada: Path, hub: Path) -> None:
    (ada / "gitexp.toml").write_text('push = "origin"\n')
    gitexp("record", "--no-push", "-q", sys.executable, "-c", "pass", cwd=ada)
    assert not outbox(Repository.open(ada)).exists()


def test_an_unknown_remote_is_an_error_before_the_training(ada: Path) -> None:
    done = gitexp("record", "--push-to", "nowhere", "touch", "ran", cwd=ada, code=1)
    assert b"no remote named 'nowhere'" in done.stderr
    assert not (ada / "ran").exists()


def test_without_a_network_the_training_is_none_the_wiser(
    ada: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    away = hub.rename(hub.with_name("away.git"))
    done = gitexp("record", "--push", "--name", "one", sys.executable, "-c", "pass", cwd=ada)
    assert b"finished" in done.stderr
    log = ada / ".git/gitexp/push.log"
    wait_for(lambda: log.exists() and b"the next try" in log.read_bytes())
    assert not arrived(ada)
    # That pusher sleeps for its next try; another one, after the network is back, catches up.
    stop_pushers(ada)
    away.rename(hub)
    pusher.work(Repository.open(ada), tick_s=0.01)
    assert arrived(ada)
    assert refs(hub) == refs(ada)


def stop_pushers(top: Path) -> None:
    """Kill the pusher of a repository, and wait until its lock is free."""
    import psutil

    for process in psutil.process_iter(["cmdline"]):
        line = process.info["cmdline"] or []
        if any("gitexp.record.pusher" in word for word in line) and str(top) in line:
            process.send_signal(signal.SIGKILL)
            process.wait(10)


def test_progress_is_pushed_once_in_a_while_and_the_end_at_once(
    ada: Path, hub: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repository.open(ada)
    make_run(ada, "one", status="running", id="aaaa")
    outbox(repo).mkdir(parents=True)
    (outbox(repo) / "aaaa").write_text("origin")
    calls: list[float] = []
    live = {"aaaa"}
    real = pusher.push_runs

    def counted(*args: object, **options: object) -> object:
        calls.append(time.monotonic())
        return real(*args, **options)  # type: ignore[arg-type]

    def grow() -> None:
        tree = git(ada, "rev-parse", "refs/experiments/one^{tree}")
        message = git(ada, "log", "-1", "--format=%B", "refs/experiments/one")
        oid = git(ada, "commit-tree", tree, "-p", "refs/experiments/one", "-m", message)
        git(ada, "update-ref", "refs/experiments/one", oid)

    ticks = iter(range(1000))

    def tick(seconds: float) -> None:
        n = next(ticks)
        if n < 5:
            grow()
        elif n == 5:
            live.clear()

    monkeypatch.setattr(pusher, "push_runs", counted)
    monkeypatch.setattr(pusher, "_live_ids", lambda repo: set(live))
    monkeypatch.setattr(pusher.time, "sleep", tick)
    pusher.work(repo, interval_s=3600)
    assert len(calls) == 2
    assert refs(hub) == refs(ada)
    assert arrived(ada)


def test_a_removed_run_is_forgotten(ada: Path) -> None:
    repo = Repository.open(ada)
    outbox(repo).mkdir(parents=True)
    (outbox(repo) / "gone").write_text("origin")
    pusher.work(repo, tick_s=0.01)
    assert arrived(ada)


def test_patience_ends(ada: Path, hub: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = Repository.open(ada)
    hub.rename(hub.with_name("away.git"))
    make_run(ada, "one", id="aaaa")
    outbox(repo).mkdir(parents=True)
    (outbox(repo) / "aaaa").write_text("origin")
    pusher.work(repo, tick_s=0.01, patience_s=0.3)
    assert not arrived(ada)


def test_only_one_pusher_works(ada: Path, hub: Path) -> None:
    make_run(ada, "one", id="aaaa")
    make_run(ada, "two", id="bbbb")
    repo = Repository.open(ada)
    push_in_background(repo, "aaaa", "origin")
    push_in_background(repo, "bbbb", "origin")
    wait_for(lambda: arrived(ada))
    assert refs(hub) == refs(ada)
    assert (ada / ".git/gitexp/push.log").read_bytes() == b""


def test_ls_says_when_it_could_not_fetch(ada: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    gitexp("fetch", cwd=ada)
    hub.rename(hub.with_name("away.git"))
    done = gitexp("ls", "--fetch", cwd=ada)
    assert b"one" in done.stdout
    assert b"not fetched" in done.stderr
    assert b"last time: just now" in done.stderr
