"""A remote as git hosts are: `git http-backend` over HTTP, with authentication, and cut off."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from share.conftest import clone
from support.cli import gitexp, start_gitexp, wait_for
from support.git import fsck, git
from support.http_git import GitServer, git_server
from support.runs import make_run
from support.share import fetch, push, refs, run_json

import gitexp as library
from gitexp.errors import CheckpointNotHere, RemoteProblem
from gitexp.record.annotate import set_tags
from gitexp.store.fetch import missing_of
from gitexp.store.repository import Repository

BIG = os.urandom(3 * 2**20)


@pytest.fixture
def server(hub: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[GitServer]:
    """The hub over HTTP. Nobody is asked for passwords."""
    monkeypatch.setenv("GIT_TERMINAL_PROMPT", "0")
    monkeypatch.delenv("GIT_ASKPASS", raising=False)
    with git_server(hub.parent) as server:
        yield server


@pytest.fixture
def far_ada(server: GitServer, tmp_path: Path) -> Path:
    """Ada's clone, over HTTP."""
    return clone(f"{server.url}/hub.git", tmp_path / "far-ada", "Ada")


@pytest.fixture
def far_bob(server: GitServer, tmp_path: Path) -> Path:
    """Bob's clone, over HTTP."""
    return clone(f"{server.url}/hub.git", tmp_path / "far-bob", "Bob")


def saved_model(top: Path, values: np.ndarray) -> None:
    """A run with a large checkpoint, recorded for real."""
    script = (
        "import gitexp, numpy as np\n"
        "gitexp.init(name='model')\n"
        f"w = np.random.default_rng({int(values[0])}).normal(size=(700, 1000))\n"
        "gitexp.save_checkpoint({f'layer{i}': w + i for i in range(4)}, step=1, label='last')\n"
        "gitexp.finish()\n"
    )
    (top / "save.py").write_text(script)
    gitexp("record", "-q", "--name", "model", sys.executable, "save.py", cwd=top)


def test_runs_travel(far_ada: Path, far_bob: Path, hub: Path, server: GitServer) -> None:
    make_run(far_ada, "one", checkpoints={"last": {"data": BIG}})
    assert push(far_ada) == {"one": "new"}
    assert push(far_ada) == {}
    assert refs(hub) == refs(far_ada)
    assert any("git-receive-pack" in request for request in server.requests)
    assert fetch(far_bob) == {"one": "new"}
    assert len(missing_of(Repository.open(far_bob), list(refs(far_bob).values()))) == 1
    set_tags(Repository.open(far_bob), "one", ["good"], [])
    assert push(far_bob) == {"one": "changed"}
    assert fetch(far_ada) == {"one": "changed"}
    assert run_json(far_ada, "one")["tags"] == ["good"]
    fsck(hub)
    fsck(far_bob)


def test_a_checkpoint_comes_when_it_is_loaded(
    far_ada: Path, far_bob: Path, server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved_model(far_ada, np.array([7]))
    push(far_ada)
    fetch(far_bob)
    monkeypatch.chdir(far_bob)
    server.requests.clear()
    there = library.load_checkpoint("model", label="last")
    fetches = [request for request in server.requests if request.startswith("POST")]
    assert 0 < len(fetches) <= 2
    monkeypatch.chdir(far_ada)
    here = library.load_checkpoint("model", label="last")
    assert sorted(there) == sorted(here)
    assert all(np.array_equal(there[key], here[key]) for key in here)


def test_a_server_that_is_down_says_how_to_get_a_checkpoint(
    hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with git_server(hub.parent) as server:
        ada = clone(f"{server.url}/hub.git", tmp_path / "ada-1", "Ada")
        bob = clone(f"{server.url}/hub.git", tmp_path / "bob-1", "Bob")
        saved_model(ada, np.array([3]))
        push(ada)
        fetch(bob)
    monkeypatch.chdir(bob)
    with pytest.raises(CheckpointNotHere) as caught:
        library.load_checkpoint("model", label="last")
    assert "gitexp fetch --checkpoints" in str(caught.value.hint)
    said = gitexp("push", cwd=ada, code=1).stderr.decode()
    assert said.startswith("error: origin: ")
    assert "\nhint: " in said


def test_a_push_that_is_cut_off_goes_on(far_ada: Path, hub: Path, server: GitServer) -> None:
    make_run(far_ada, "large", checkpoints={"last": {"data": BIG}})
    before = refs(far_ada)
    server.cut_after_bytes = 2**20
    with pytest.raises(RemoteProblem):
        push(far_ada)
    assert refs(hub) == {}
    assert refs(far_ada) == before
    fsck(hub)
    server.cut_after_bytes = None
    assert push(far_ada) == {"large": "new"}
    assert refs(hub) == before
    fsck(hub)


def test_a_push_that_is_killed_goes_on(far_ada: Path, hub: Path, server: GitServer) -> None:
    for name in ("one", "two"):
        make_run(far_ada, name, checkpoints={"last": {"data": BIG}})
    server.release = threading.Event()
    process = start_gitexp("push", cwd=far_ada, start_new_session=True)
    wait_for(lambda: any(r == "POST /hub.git/git-receive-pack" for r in server.requests))
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    server.release.set()
    server.release = None
    assert refs(hub) == {}
    assert push(far_ada) == {"one": "new", "two": "new"}
    assert refs(hub) == refs(far_ada)
    fsck(hub)
    fsck(far_ada)


def test_a_password_that_is_wanted_and_not_there(far_ada: Path, server: GitServer) -> None:
    make_run(far_ada, "one")
    server.password = "secret"
    said = gitexp("push", cwd=far_ada, code=1).stderr.decode()
    assert said.startswith("error: origin: ")
    assert "could not read Username" in said
    assert "\nhint: git has no password or token for it: set credential.helper" in said
    assert gitexp("ls", "--fetch", cwd=far_ada).stdout.count(b"one") == 1


def test_a_wrong_password_is_not_shown(far_ada: Path, hub: Path, server: GitServer) -> None:
    make_run(far_ada, "one")
    server.password = "secret"
    url = server.url.replace("http://", "http://ada:hunter22@")
    for command in (("push", f"{url}/hub.git"), ("fetch", f"{url}/hub.git")):
        said = gitexp(*command, cwd=far_ada, code=1).stderr.decode()
        assert "hunter22" not in said
        assert "Authentication failed" in said
    right = server.url.replace("http://", "http://ada:secret@")
    git(far_ada, "remote", "set-url", "origin", f"{right}/hub.git")
    told = gitexp("push", cwd=far_ada)
    assert b"1 new" in told.stdout
    assert refs(hub) == refs(far_ada)
