"""`gitexp gc` and `gitexp doctor`, as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path

from support.cli import gitexp
from support.git import git
from support.runs import make_run
from support.training import Training

from gitexp.render.upkeep import checks_page, freed_page
from gitexp.schema.check import Check
from gitexp.schema.freed import Freed
from gitexp.store.gc_lock import hold_gc
from gitexp.store.repository import Repository

BIG = 1024 * 1024


def test_gc_says_what_it_freed(repo: Path) -> None:
    training = Training(repo, "last:1")
    for number, label in enumerate("ab"):
        training.save(label, number, BIG)
        training.commit()
    training.finish()
    would = gitexp("gc", "--dry-run", "--now").stdout.decode()
    assert would.startswith("would free 4 MiB")
    assert "history would be rewritten without dropped checkpoints: x" in would
    done = gitexp("gc", "--now").stdout.decode()
    assert done.startswith("freed 4 MiB")
    again = json.loads(gitexp("gc", "--json").stdout)
    assert (again["bytes"], again["rewritten"]) == (0, [])


def test_gc_says_why_not(repo: Path) -> None:
    with hold_gc(Repository.open(repo)):
        done = gitexp("gc", code=1)
    assert b"error: another `gitexp gc`" in done.stderr
    assert b"hint: " in done.stderr


def test_the_words_of_gc() -> None:
    freed = Freed(bytes=3 * 2**20, objects=1, packs_before=9, packs_after=1, rows=2)
    freed.held = {"x": "it was pushed"}
    freed.young_bytes, freed.git_bytes, freed.loose_packed = 2**20, 2**20, 300
    assert freed_page(freed).splitlines() == [
        "freed 3 MiB: 1 object of removed runs and dropped checkpoints",
        "checkpoint packs: 9 became 1",
        "300 loose objects went into a pack",
        "2 stale rows dropped from the index",
        "kept x as it is: it was pushed",
        "1 MiB more are younger than an hour: later, or with --now",
        "1 MiB more lie in git's own packs: `git gc` drops them in two weeks",
    ]


def test_doctor_tells_and_exits(repo: Path) -> None:
    make_run(repo, "a")
    said = gitexp("doctor").stdout.decode()
    assert "ok    runs        1 in the index, all readable\n" in said
    git(repo, "update-ref", "refs/experiments/b", "HEAD")
    done = gitexp("doctor", "--json", code=1)
    bad = [check for check in json.loads(done.stdout) if check["state"] == "bad"]
    assert [check["name"] for check in bad] == ["runs"]


def test_the_page_of_checks() -> None:
    page = checks_page(
        [Check("git", "ok", "fine"), Check("locks", "bad", "a", "rm")], colour=False
    )
    assert page == "ok    git    fine\nbad   locks  a\n             → rm\n"
    assert "\x1b[31;1mbad " in checks_page([Check("a", "bad", "b")], colour=True)


def test_what_was_pushed_is_not_rewritten_here_nor_there(repo: Path, tmp_path: Path) -> None:
    hub = tmp_path / "hub.git"
    git(tmp_path, "init", "-q", "--bare", str(hub))
    git(hub, "config", "uploadpack.allowFilter", "true")
    git(hub, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(repo, "remote", "add", "origin", hub.as_uri())
    git(repo, "push", "-q", "origin", "main")
    training = Training(repo, "last:1")
    for number, label in enumerate("ab"):
        training.save(label, number, BIG)
        training.commit()
    training.finish()
    gitexp("push")
    before = git(repo, "rev-parse", "refs/experiments/x")
    assert b"kept x as it is: it was pushed" in gitexp("gc", "--now").stdout
    assert git(repo, "rev-parse", "refs/experiments/x") == before

    # Beside it, a clone that has left the tensors on the server.
    other = tmp_path / "other"
    git(tmp_path, "clone", "-q", hub.as_uri(), str(other))
    gitexp("fetch", cwd=other)
    assert b"it was pushed" in gitexp("gc", "--now", cwd=other).stdout
    assert gitexp("doctor", cwd=other).returncode == 0
    assert git(other, "rev-parse", "refs/experiments/x") == before
    gitexp("checkpoint", "get", "x", "-o", str(tmp_path / "x.safetensors"), cwd=other)
    assert (tmp_path / "x.safetensors").stat().st_size > 4 * BIG
    gitexp("rm", "--yes", "x", cwd=other)
    gitexp("gc", "--now", cwd=other)
    git(other, "fsck", "--connectivity-only")
