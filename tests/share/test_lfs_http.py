"""Checkpoints in git-lfs go to a server over HTTP, as they do with a hosted repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from support.git import git
from support.lfs_server import LfsServer, lfs_server
from support.runs import make_run
from support.share import fetch, push, push_shared, refs
from support.states import assert_same

from gitexp.errors import LfsProblem
from gitexp.journal.spool import spool_state
from gitexp.query.checkpoints import load_checkpoint
from gitexp.store.checkpoints import write_checkpoint
from gitexp.store.repository import Repository


@pytest.fixture
def server() -> Iterator[LfsServer]:
    with lfs_server() as running:
        yield running


def save(top: Path, spool: Path, name: str, seed: int) -> dict[str, torch.Tensor]:
    """A run with a checkpoint in git-lfs."""
    torch.manual_seed(seed)
    state = {"w": torch.randn(300), "same": torch.ones(7)}
    spool_state(spool / name, state)
    tree = write_checkpoint(Repository.open(top), spool / name, lfs=True)
    make_run(top, name, checkpoints={"last": {"tree": tree}})
    return state


@pytest.mark.parametrize("setting", ["lfs.url", "remote.origin.lfsurl"])
def test_there_and_back(
    ada: Path, bob: Path, server: LfsServer, tmp_path: Path, setting: str
) -> None:
    for top in (ada, bob):
        git(top, "config", setting, server.url)
    state = save(ada, tmp_path / "spool", "one", 1)
    other = save(ada, tmp_path / "spool", "two", 2)
    assert push(ada) == {"one": "new", "two": "new"}
    assert server.uploads == 2
    assert fetch(bob) == {"one": "new", "two": "new"}
    assert server.downloads == 0
    assert_same(state, load_checkpoint("one", repo=bob))
    assert server.downloads == 1
    fetch(bob, checkpoints=True)
    assert server.downloads == 2
    assert_same(other, load_checkpoint("two", repo=bob))


def test_nothing_is_sent_twice(ada: Path, server: LfsServer, tmp_path: Path) -> None:
    git(ada, "config", "lfs.url", server.url)
    save(ada, tmp_path / "spool", "one", 1)
    push(ada)
    save(ada, tmp_path / "spool", "again", 1)
    assert push(ada) == {"again": "new"}
    assert server.uploads == 1


def test_a_server_in_trouble(ada: Path, hub: Path, server: LfsServer, tmp_path: Path) -> None:
    git(ada, "config", "lfs.url", server.url)
    git(ada, "config", "lfs.transfer.maxretries", "1")
    save(ada, tmp_path / "spool", "one", 1)
    server.refused = 50
    (run,) = push_shared(ada).runs
    assert run.what == "refused"
    assert "did not take git-lfs objects" in run.why
    assert refs(hub) == {}
    server.refused = 0
    assert push(ada) == {"one": "new"}
    assert len(server.objects) == 1


def test_who_may_not_is_told_and_never_asked(
    ada: Path, hub: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_ASKPASS", "false")
    with lfs_server("ada:secret") as server:
        git(ada, "config", "lfs.url", server.url)
        save(ada, tmp_path / "spool", "one", 1)
        (run,) = push_shared(ada).runs
        assert run.what == "refused"
        assert "did not take git-lfs objects" in run.why
        assert refs(hub) == {}
        # The credentials of an address are what git-lfs takes without a helper.
        git(ada, "config", "lfs.url", server.url.replace("//", "//ada:secret@"))
        assert push(ada) == {"one": "new"}
        assert server.uploads == 1


def test_what_the_server_has_lost_is_said(
    ada: Path, bob: Path, server: LfsServer, tmp_path: Path
) -> None:
    for top in (ada, bob):
        git(top, "config", "lfs.url", server.url)
    save(ada, tmp_path / "spool", "one", 1)
    push(ada)
    server.objects.clear()
    fetch(bob)
    with pytest.raises(LfsProblem, match="no remote gave them"):
        load_checkpoint("one", repo=bob)
