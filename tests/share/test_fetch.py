"""Everybody's runs come, nobody's are lost, checkpoints wait on the server."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from share.conftest import clone
from support.cli import gitexp, wait_for
from support.git import fsck, git
from support.runs import make_run
from support.share import fetch, push, refs, run_json

from gitexp.errors import CheckpointNotHere, RemoteProblem, RunNotFound
from gitexp.journal import folders
from gitexp.record.annotate import remove, rename, set_note, set_tags
from gitexp.schema.merge import merge_runs
from gitexp.store.blobs import BlobReader
from gitexp.store.fetch import bring, missing_of
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

BIG = os.urandom(3 * 2**20)


def local(top: Path, name: str, path: str) -> bool:
    """Whether a file of a run is here."""
    oid = git(top, "ls-tree", f"refs/experiments/{name}", path).split()[2]
    kinds = git(top, "cat-file", "--batch-all-objects", "--batch-check=%(objectname)")
    return oid in kinds.split()


def test_everybodys_runs(ada: Path, bob: Path) -> None:
    make_run(ada, "one")
    make_run(bob, "two")
    push(ada)
    push(bob)
    assert fetch(ada) == {"two": "new"}
    assert fetch(bob) == {"one": "new"}
    assert refs(ada) == refs(bob)
    assert fetch(ada) == {}
    fsck(bob)


def test_checkpoints_stay_there_until_they_are_asked_for(ada: Path, bob: Path) -> None:
    make_run(ada, "one", checkpoints={"last": {"data": BIG}})
    push(ada)
    fetch(bob)
    path = "checkpoints/last/model.safetensors"
    assert not local(bob, "one", path)
    sizes = RunStore(Repository.open(bob)).list_files("refs/experiments/one")
    assert sizes[path] == -1
    # git itself gets it when it is read.
    assert len(git(bob, "cat-file", "-s", f"refs/experiments/one:{path}")) > 0
    assert local(bob, "one", path)


def test_checkpoints_come_along_when_asked(ada: Path, bob: Path) -> None:
    make_run(ada, "one", checkpoints={"last": {"data": BIG}})
    push(ada)
    fetch(bob)
    fetch(bob, checkpoints=True)
    assert local(bob, "one", "checkpoints/last/model.safetensors")
    assert missing_of(Repository.open(bob), list(refs(bob).values())) == []
    fsck(bob)


def test_a_checkpoint_that_is_loaded_comes_in_one_fetch(
    ada: Path, bob: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shards = {f"shard-{i}.bin": os.urandom(1200 * 1024) for i in range(6)}
    make_run(ada, "one", files={f"checkpoints/last/{n}": data for n, data in shards.items()})
    push(ada)
    fetch(bob)
    repo = Repository.open(bob)
    oids = git(bob, "ls-tree", "refs/experiments/one", "checkpoints/last/").split()[2::4]
    trace = tmp_path / "trace"
    repo.environment["GIT_TRACE2_EVENT"] = str(trace)
    with BlobReader(repo) as reader:
        found = [blob.read(blob.size) for _, blob in reader.stream(oids)]
    assert found == list(shards.values())
    fetches = [line for line in trace.read_text().splitlines() if '"name":"fetch"' in line]
    assert len(fetches) == 1


def test_series_larger_than_the_limit_come_along(ada: Path, bob: Path) -> None:
    series = b'{"_step": 1, "loss": 0.5}\n' * 60_000
    make_run(ada, "one", files={"metrics.jsonl": series})
    push(ada)
    fetch(bob)
    assert local(bob, "one", "metrics.jsonl")


def test_the_users_own_fetches_stay_whole(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one", checkpoints={"last": {"data": BIG}})
    push(ada)
    fetch(bob)
    (ada / "data.bin").write_bytes(os.urandom(2 * 2**20))
    git(ada, "add", "data.bin")
    git(ada, "commit", "-q", "-m", "Data")
    git(ada, "push", "-q", "origin", "HEAD")
    git(bob, "pull", "-q")
    assert (bob / "data.bin").read_bytes() == (ada / "data.bin").read_bytes()
    assert "partialclonefilter" not in git(bob, "config", "--get-regexp", r"^remote\.origin\.")
    git(bob, "fetch", "-q", "--all")
    git(bob, "gc", "-q", "--prune=now")
    assert not local(bob, "one", "checkpoints/last/model.safetensors")
    assert refs(bob) == refs(hub)


def test_a_server_that_is_gone_is_named(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one", checkpoints={"last": {"data": BIG}})
    push(ada)
    fetch(bob)
    hub.rename(hub.with_name("elsewhere.git"))
    repo = Repository.open(bob)
    with pytest.raises(CheckpointNotHere) as caught:
        bring(repo, missing_of(repo, list(refs(bob).values())))
    assert "does not appear to be a git repository" in caught.value.message
    assert caught.value.hint is not None
    with pytest.raises(RemoteProblem):
        fetch(bob)


def test_a_server_without_parts_gives_all(ada: Path, bob: Path, hub: Path) -> None:
    git(hub, "config", "uploadpack.allowFilter", "false")
    make_run(ada, "one", checkpoints={"last": {"data": BIG}})
    push(ada)
    fetch(bob)
    assert local(bob, "one", "checkpoints/last/model.safetensors")


def test_the_remotes_address_may_change(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    fetch(bob)
    moved = hub.rename(hub.with_name("moved.git"))
    for top in (ada, bob):
        git(top, "remote", "set-url", "origin", str(moved))
    make_run(ada, "two")
    push(ada)
    assert fetch(bob) == {"two": "new"}


def test_two_people_annotate_one_run(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one", tags=["base", "old"], metrics=[{"loss": 0.5}])
    push(ada)
    fetch(bob)
    set_tags(Repository.open(ada), "one", ["ada"], ["old"])
    set_note(Repository.open(ada), "one", "from Ada")
    set_tags(Repository.open(bob), "one", ["bob"], [])
    set_note(Repository.open(bob), "one", "from Bob")
    push(ada)
    assert fetch(bob) == {"one": "merged"}
    merged = run_json(bob, "one")
    assert sorted(merged["tags"]) == ["ada", "base", "bob"]
    assert sorted(merged["notes"].split("\n\n")) == ["from Ada", "from Bob"]
    assert merged["metrics"]["loss"]["last"] == 0.5
    parents = git(bob, "log", "-1", "--format=%P", "refs/experiments/one").split()
    assert len(parents) == 2
    assert git(hub, "rev-parse", "refs/experiments/one") in parents
    assert push(bob) == {"one": "changed"}
    assert fetch(ada) == {"one": "changed"}
    assert refs(ada) == refs(bob)
    assert "bob" in git(ada, "show", "refs/experiments/one:README.md")


def test_both_merge_and_it_is_the_same_commit(ada: Path, bob: Path, tmp_path: Path) -> None:
    make_run(ada, "one")
    push(ada)
    fetch(bob)
    set_tags(Repository.open(ada), "one", ["ada"], [])
    set_note(Repository.open(bob), "one", "from Bob")
    git(ada, "remote", "add", "bob", str(bob))
    git(bob, "remote", "add", "ada", str(ada))
    before = refs(ada)["one"]
    assert fetch(ada, of="bob") == {"one": "merged"}
    merged = refs(ada)["one"]
    git(ada, "update-ref", "refs/experiments/one", before)
    assert fetch(bob, of="ada") == {"one": "merged"}
    assert refs(bob)["one"] == merged


def test_the_owners_measurements_win(ada: Path, bob: Path, hub: Path) -> None:
    """Bob tags a run that is running at Ada's; she commits on."""
    make_run(ada, "one", status="running", metrics=[{"loss": 1.0}])
    push(ada)
    fetch(bob)
    set_tags(Repository.open(bob), "one", ["watched"], [])
    push(bob)
    store = RunStore(Repository.open(ada))
    started = store.oid("one")
    git(ada, "update-ref", "-d", "refs/experiments/one")
    make_run(ada, "one", metrics=[{"loss": 1.0}, {"loss": 0.25}])
    # As if the second commit stood on the first.
    tree = git(ada, "rev-parse", "refs/experiments/one^{tree}")
    message = git(ada, "log", "-1", "--format=%B", "refs/experiments/one")
    assert started is not None
    oid = git(ada, "commit-tree", tree, "-p", started, "-m", message)
    git(ada, "update-ref", "refs/experiments/one", oid)
    assert fetch(ada) == {"one": "merged"}
    merged = run_json(ada, "one")
    assert merged["status"] == "finished"
    assert merged["tags"] == ["watched"]
    assert merged["metrics"]["loss"]["last"] == 0.25
    assert "0.25" in git(ada, "show", "refs/experiments/one:metrics.jsonl")


def test_a_name_taken_by_both(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "baseline", config={"lr": 1})
    push(ada)
    make_run(bob, "baseline", config={"lr": 2}, id="beef" * 8)
    assert fetch(bob) == {"baseline-beef": "renamed", "baseline": "new"}
    assert run_json(bob, "baseline")["config"] == {"lr": 1}
    assert run_json(bob, "baseline-beef")["config"] == {"lr": 2}
    push(bob)
    fetch(ada)
    assert refs(ada) == refs(bob) == refs(hub)


def test_a_name_taken_while_ours_runs(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "baseline")
    push(ada)
    make_run(bob, "baseline", id="beef" * 8, status="running")
    journal = folders.make_journal(Repository.open(bob).common_dir, "baseline")
    folders.write_json(journal / folders.RUN, run_json(bob, "baseline"))
    assert fetch(bob) == {"baseline": "left out"}
    assert push(bob) == {"baseline": "new"}
    assert sorted(refs(hub)) == ["baseline", "baseline-beef"]
    assert push(bob) == {}
    folders.remove_journal(journal)
    assert push(bob)["baseline-beef"] == "changed"
    assert refs(bob) == refs(hub)


def test_two_remotes_with_the_same_name(ada: Path, bob: Path, hub: Path, tmp_path: Path) -> None:
    """What others know by its name keeps it; the newcomer gets a suffix, here only."""
    make_run(ada, "baseline", config={"lr": 1})
    push(ada)
    other = tmp_path / "other.git"
    git(ada, "clone", "-q", "--bare", str(hub), str(other))
    git(other, "update-ref", "-d", "refs/experiments/baseline")
    make_run(bob, "baseline", config={"lr": 2}, id="beef" * 8)
    push(bob, to=str(other))
    git(ada, "remote", "add", "other", str(other))
    assert fetch(ada, of="other") == {"baseline-beef": "new"}
    assert run_json(ada, "baseline")["config"] == {"lr": 1}
    set_tags(Repository.open(ada), "baseline-beef", ["good"], [])
    assert push(ada, "baseline-beef", to="other") == {"baseline-beef": "changed"}
    assert list(refs(other)) == ["baseline"]
    assert run_json(other, "baseline")["tags"] == ["good"]


def test_a_folder_in_the_way_of_a_name(ada: Path, bob: Path) -> None:
    make_run(ada, "lr", id="aaaa" * 8)
    push(ada)
    make_run(bob, "lr/high")
    assert fetch(bob) == {"lr-aaaa": "new"}
    assert "lr/high" in refs(bob)


def test_a_rename_here_outlives_a_fetch(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    fetch(bob)
    rename(Repository.open(ada), "one", "first")
    set_tags(Repository.open(bob), "one", ["good"], [])
    push(bob)
    assert fetch(ada) == {"first": "merged"}
    assert run_json(ada, "first")["tags"] == ["good"]
    assert run_json(ada, "first")["name"] == "first"
    assert push(ada) == {"first": "renamed"}
    assert fetch(bob) == {"first": "renamed"}
    assert refs(ada) == refs(bob) == refs(hub)


def test_a_run_renamed_there_while_it_runs_here_is_not_gone(ada: Path, bob: Path) -> None:
    make_run(ada, "one", status="running")
    push(ada)
    fetch(bob)
    rename(Repository.open(bob), "one", "first")
    push(bob)
    journal = folders.make_journal(Repository.open(ada).common_dir, "one")
    folders.write_json(journal / folders.RUN, run_json(ada, "one"))
    assert fetch(ada) == {"one": "changed"}
    assert list(refs(ada)) == ["one"]


def test_a_run_removed_there_is_kept(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    fetch(bob)
    git(hub, "update-ref", "-d", "refs/experiments/one")
    assert fetch(bob) == {"one": "gone"}
    assert refs(bob) == refs(ada)


def test_a_removed_run_comes_back_only_by_name(ada: Path, bob: Path) -> None:
    make_run(ada, "one")
    make_run(ada, "two")
    push(ada)
    fetch(bob)
    remove(Repository.open(bob), "one")
    assert fetch(bob) == {}
    # It goes on elsewhere, and stays away here.
    set_tags(Repository.open(ada), "one", ["again"], [])
    push(ada)
    assert fetch(bob) == {}
    assert git(bob, "for-each-ref", "refs/gitexp/fetched/origin/one") == ""
    assert fetch(bob, "one") == {"one": "new"}
    set_tags(Repository.open(ada), "one", ["and again"], [])
    push(ada)
    assert fetch(bob) == {"one": "changed"}


def test_a_new_run_under_a_removed_ones_name_comes(ada: Path, bob: Path) -> None:
    make_run(ada, "one")
    push(ada)
    fetch(bob)
    remove(Repository.open(bob), "one")
    rename(Repository.open(ada), "one", "first")
    make_run(ada, "one", id="beef" * 8)
    push(ada)
    assert fetch(bob) == {"one": "new"}


def test_a_name_that_is_no_runs_is_left_out(ada: Path, bob: Path, hub: Path) -> None:
    make_run(ada, "one")
    push(ada)
    git(hub, "update-ref", "refs/experiments/<script>", "refs/experiments/one")
    git(hub, "update-ref", "-d", "refs/experiments/one")
    assert fetch(bob) == {"<script>": "left out"}
    assert refs(bob) == {}


def test_no_such_run_there(ada: Path) -> None:
    with pytest.raises(RunNotFound, match="origin has no run named"):
        fetch(ada, "one")


@pytest.fixture
def daemon(hub: Path) -> Iterator[str]:
    """The hub, served by `git daemon` on loopback."""
    git(hub, "config", "daemon.receivepack", "true")
    process = None
    for port in range(19418 + os.getpid() % 500, 19418 + os.getpid() % 500 + 20):
        process = subprocess.Popen(
            ["git", "daemon", "--export-all", "--reuseaddr", "--listen=127.0.0.1",
             f"--port={port}", f"--base-path={hub.parent}", str(hub)],
            stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        time.sleep(0.2)
        if process.poll() is None:
            break
    assert process is not None
    url = f"git://127.0.0.1:{port}/{hub.name}"
    wait_for(
        lambda: subprocess.run(["git", "ls-remote", url], capture_output=True).returncode == 0
    )
    yield url
    os.killpg(process.pid, 15)
    process.wait()


def test_over_a_network(daemon: str, hub: Path, tmp_path: Path) -> None:
    ada = clone(daemon, tmp_path / "net-ada", "Ada")
    bob = clone(daemon, tmp_path / "net-bob", "Bob")
    make_run(ada, "one", checkpoints={"last": {"data": BIG}})
    assert b"1 new" in gitexp("push", cwd=ada).stdout
    assert b"1 new" in gitexp("fetch", cwd=bob).stdout
    path = "checkpoints/last/model.safetensors"
    assert not local(bob, "one", path)
    gitexp("fetch", "--checkpoints", cwd=bob)
    assert local(bob, "one", path)
    fsck(bob)


def test_merge_is_what_each_side_changed() -> None:
    base = {"tags": ["a", "b"], "notes": "n", "status": "running", "group": None}
    first = {"tags": ["a", "c"], "notes": "n", "status": "finished", "group": None}
    second = {"tags": ["a", "b", "d"], "notes": "n\nmore", "status": "running", "group": "g"}
    assert merge_runs(base, first, second) == {
        "tags": ["a", "c", "d"],
        "notes": "n\nmore",
        "status": "finished",
        "group": "g",
    }
    assert merge_runs(base, base, base) == base
    cleared = {**base, "notes": ""}
    assert merge_runs(base, cleared, base)["notes"] == ""
    assert merge_runs(base, base, cleared)["notes"] == ""
