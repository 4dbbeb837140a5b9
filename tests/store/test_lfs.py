"""Checkpoints whose shards are git-lfs objects, as git-lfs itself sees them."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from conftest import init_repo
from hypothesis import HealthCheck, given, settings
from support.git import fsck, git
from support.lfs import path_without_git_lfs
from support.states import assert_same, states

from gitexp.errors import LfsProblem, MalformedCheckpoint
from gitexp.journal.spool import spool_file, spool_state
from gitexp.schema.names import STATE
from gitexp.store import checkpoints, lfs_objects, shards
from gitexp.store.checkpoints import StoredCheckpoint, write_checkpoint
from gitexp.store.lfs import Pointer, is_here, object_path, parse_pointer
from gitexp.store.lfs_objects import let_go, let_go_unreferenced
from gitexp.store.objects import FILE, TREE, ObjectWriter
from gitexp.store.repository import Repository


@pytest.fixture
def opened(repo: Path) -> Repository:
    return Repository.open(repo)


@pytest.fixture
def small_shards(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layout of large checkpoints for small ones: limits of 64, 256 and 1024 bytes."""
    monkeypatch.setattr(checkpoints, "SINGLE_LIMIT_BYTES", 64)
    monkeypatch.setattr(shards, "OWN_SHARD_BYTES", 256)
    monkeypatch.setattr(checkpoints, "SHARD_LIMIT_BYTES", 1024)


def save(repo: Repository, folder: Path, state: Any) -> str:
    spool_state(folder, state)
    return write_checkpoint(repo, folder, lfs=True)


def load(repo: Repository, tree: str) -> Any:
    with StoredCheckpoint(repo, tree) as checkpoint:
        return checkpoint.load()


def some_state(seed: int = 0) -> dict[str, torch.Tensor]:
    torch.manual_seed(seed)
    return {
        "a.w": torch.randn(40, 20),
        "a.b": torch.ones(3, dtype=torch.bfloat16),
        "c.w": torch.randn(12, 10),
        "step": torch.tensor(7),
    }


def objects(repo: Repository) -> dict[str, Path]:
    top = repo.common_dir / "lfs" / "objects"
    return {path.name: path for path in top.rglob("*") if path.is_file()}


def files_of(repo: Repository, tree: str) -> dict[str, bytes]:
    names = git(repo.top, "ls-tree", "--name-only", tree).split("\n")
    return {name: repo.git("cat-file", "blob", f"{tree}:{name}") for name in names}


def commit(repo: Repository, tree: str, ref: str) -> None:
    top = ObjectWriter(repo)
    run = top.nested_tree({"checkpoints/last": (TREE, tree)})  # as a run has it
    top.flush()
    git(repo.top, "update-ref", ref, git(repo.top, "commit-tree", "-m", "x", run))


# Writing ---------------------------------------------------------------------------------------


def test_pointers_are_what_git_lfs_writes(opened: Repository, tmp_path: Path) -> None:
    tree = save(opened, tmp_path / "s", {"w": torch.randn(300)})
    content = (tmp_path / "s" / STATE).read_bytes()
    files = files_of(opened, tree)
    assert list(files) == [".gitattributes", "model.safetensors", "skeleton.json"]
    theirs = subprocess.run(
        ["git", "lfs", "clean"], input=content, capture_output=True, check=True, cwd=opened.top
    ).stdout
    assert files["model.safetensors"] == theirs
    oid = hashlib.sha256(content).hexdigest()
    path = opened.common_dir / "lfs" / "objects" / oid[:2] / oid[2:4] / oid
    assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        (Pointer("ab" * 32, 12345).encode(), Pointer("ab" * 32, 12345)),
        (Pointer("ab" * 32, 1).encode() + b"x", None),
        (Pointer("../" * 21 + "a", 1).encode(), None),
        (b"version https://git-lfs.github.com/spec/v1\n", None),
        (safetensors.torch.save({"w": torch.ones(2)}), None),
        (b"", None),
    ],
)
def test_parse_pointer(raw: bytes, pointer: Pointer | None) -> None:
    assert parse_pointer(raw) == pointer


@pytest.mark.filterwarnings("ignore:ComplexHalf")  # torch's own, once in a process
@given(states)
@settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@pytest.mark.parametrize("layout", ["single", "sharded"])
def test_round_trip(
    tmp_path_factory: pytest.TempPathFactory, repo: Path, layout: str, state: Any
) -> None:
    opened = Repository.open(repo)
    spool = tmp_path_factory.mktemp("spool") / "x"
    with pytest.MonkeyPatch.context() as patch:
        if layout == "sharded":
            patch.setattr(checkpoints, "SINGLE_LIMIT_BYTES", 0)
            patch.setattr(shards, "OWN_SHARD_BYTES", 16)
            patch.setattr(checkpoints, "SHARD_LIMIT_BYTES", 48)
        tree = save(opened, spool, state)
    assert_same(state, load(opened, tree))
    with StoredCheckpoint(opened, tree) as checkpoint:
        checkpoint.stream_to(spool.parent / "out")
    assert (spool.parent / "out").read_bytes() == (spool / STATE).read_bytes()


@pytest.mark.usefixtures("small_shards")
def test_shards_are_objects_and_small_files_are_blobs(opened: Repository, tmp_path: Path) -> None:
    tree = save(opened, tmp_path / "s", some_state())
    files = files_of(opened, tree)
    pointers = {name: parse_pointer(data) for name, data in files.items()}
    assert {name for name, pointer in pointers.items() if pointer is None} == {
        ".gitattributes",
        "header.json",
        "model.safetensors.index.json",
        "skeleton.json",
    }
    found = objects(opened)
    assert found.keys() == {pointer.oid for pointer in pointers.values() if pointer}
    for oid, path in found.items():
        assert hashlib.sha256(path.read_bytes()).hexdigest() == oid
    assert list((opened.common_dir / "lfs" / "tmp").iterdir()) == []
    fsck(opened.top)


def test_one_file_is_moved_and_not_copied(opened: Repository, tmp_path: Path) -> None:
    save(opened, opened.gitexp_dir / "spool", {"w": torch.randn(100)})
    (path,) = objects(opened).values()
    assert path.samefile(opened.gitexp_dir / "spool" / STATE)


@pytest.mark.parametrize("missing", ["link", "copy_file_range"])
@pytest.mark.usefixtures("small_shards")
def test_file_systems_that_can_do_less(
    opened: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, missing, refuse)
    state = some_state()
    assert_same(state, load(opened, save(opened, tmp_path / "1", state)))
    single = {"w": torch.ones(4)}
    monkeypatch.setattr(checkpoints, "SINGLE_LIMIT_BYTES", 2**20)
    assert_same(single, load(opened, save(opened, tmp_path / "2", single)))


@pytest.mark.usefixtures("small_shards")
def test_same_content_is_one_object(opened: Repository, tmp_path: Path) -> None:
    state = some_state()
    first = save(opened, tmp_path / "1", state)
    before = objects(opened)
    times = {oid: path.stat().st_mtime_ns for oid, path in before.items()}
    state["c.w"] = torch.zeros(12, 10)
    second = save(opened, tmp_path / "2", state)
    assert git(opened.top, "diff-tree", "--name-only", first, second).split() == [
        "c.w.safetensors"
    ]
    after = objects(opened)
    assert len(after) == len(before) + 1
    assert {oid: after[oid].stat().st_mtime_ns for oid in before} == times


def test_a_cut_object_is_written_again(opened: Repository, tmp_path: Path) -> None:
    state = {"w": torch.randn(300)}
    save(opened, tmp_path / "1", state)
    (path,) = objects(opened).values()
    let_go(opened, [Pointer(path.name, path.stat().st_size)])
    path.unlink()
    path.write_bytes(b"half")
    assert_same(state, load(opened, save(opened, tmp_path / "2", state)))


def test_nothing_is_visible_when_the_disk_is_full(
    opened: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(lfs_objects, "_copy_in_kernel", full)
    monkeypatch.setattr(lfs_objects, "write_all", full)
    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="No space left"):
        save(opened, tmp_path / "s", {"w": torch.randn(300)})
    assert objects(opened) == {}
    assert list((opened.common_dir / "lfs" / "tmp").iterdir()) == []


def test_storage_of_the_users_own(opened: Repository, tmp_path: Path) -> None:
    git(opened.top, "config", "lfs.storage", str(tmp_path / "elsewhere"))
    repo = Repository.open(opened.top)
    state = {"w": torch.randn(300)}
    tree = save(repo, tmp_path / "s", state)
    assert objects(repo) == {}
    (path,) = (p for p in (tmp_path / "elsewhere" / "objects").rglob("*") if p.is_file())
    assert path.name == hashlib.sha256((tmp_path / "s" / STATE).read_bytes()).hexdigest()
    assert_same(state, load(repo, tree))


def test_a_file_of_somebody_elses(opened: Repository, tmp_path: Path) -> None:
    source = tmp_path / "theirs.safetensors"
    safetensors.torch.save_file({"w": torch.randn(9)}, source, metadata={"epoch": "3"})
    spool_file(tmp_path / "spool", source)
    tree = write_checkpoint(opened, tmp_path / "spool", lfs=True)
    with StoredCheckpoint(opened, tree) as checkpoint:
        checkpoint.stream_to(tmp_path / "out")
        assert checkpoint.header.metadata == {"epoch": "3"}
    assert (tmp_path / "out").read_bytes() == source.read_bytes()
    # Whoever goes on writing to the file does not reach ours.
    assert not any(path.samefile(source) for path in objects(opened).values())


# With git-lfs ----------------------------------------------------------------------------------


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
@pytest.mark.usefixtures("small_shards")
def test_pushed_by_git_lfs_fetched_by_a_fresh_clone(tmp_path: Path, object_format: str) -> None:
    init_repo(tmp_path / "lab", f"--object-format={object_format}")
    repo = Repository.open(tmp_path / "lab")
    git(tmp_path, "init", "-q", "--bare", f"--object-format={object_format}", "hub.git")
    git(repo.top, "remote", "add", "origin", f"file://{tmp_path / 'hub.git'}")
    state = some_state()
    tree = save(repo, tmp_path / "s", state)
    commit(repo, tree, "refs/experiments/x")
    git(repo.top, "lfs", "push", "origin", "refs/experiments/x")
    git(repo.top, "push", "-q", "origin", "HEAD:main", "refs/experiments/x")
    git(tmp_path, "clone", "-q", "-b", "main", f"file://{tmp_path / 'hub.git'}", "clone")
    clone = Repository.open(tmp_path / "clone")
    git(clone.top, "fetch", "-q", "origin", "refs/experiments/x:refs/experiments/x")
    # Not here yet: a single tensor fetches its own object, all tensors the rest.
    with StoredCheckpoint(clone, tree) as checkpoint:
        assert_same(state["c.w"], checkpoint.tensor("c.w"))
    assert len(objects(clone)) == 1
    back = load(clone, tree)
    assert list(back) == list(state)
    for name, tensor in state.items():
        assert_same(tensor, back[name])
    assert objects(clone).keys() == objects(repo).keys()
    for one in (repo, clone):
        git(one.top, "lfs", "fsck", "refs/experiments/x")
        fsck(one.top)


@pytest.mark.usefixtures("small_shards")
def test_a_checkout_has_the_contents(opened: Repository, tmp_path: Path) -> None:
    state = some_state()
    commit(opened, save(opened, tmp_path / "s", state), "refs/experiments/x")
    git(opened.top, "lfs", "install", "--local", "--skip-repo")
    git(opened.top, "worktree", "add", "-q", str(tmp_path / "out"), "refs/experiments/x")
    folder = tmp_path / "out" / "checkpoints" / "last"
    found = safetensors.torch.load_file(folder / "c.w.safetensors")
    assert_same(state["c.w"], found["c.w"])
    assert git(tmp_path / "out", "status", "--porcelain") == ""


def test_prune_does_not_cost_a_run_that_is_nowhere_else(
    opened: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    git(opened.top, "remote", "add", "origin", str(tmp_path / "hub.git"))
    git(opened.top, "push", "-q", "origin", "HEAD:main")
    monkeypatch.setenv("GIT_COMMITTER_DATE", "2001-01-01T00:00:00Z")
    state = {"w": torch.randn(300)}
    tree = save(opened, tmp_path / "s", state)
    commit(opened, tree, "refs/experiments/x")
    git(opened.top, "lfs", "prune")
    assert objects(opened) == {}
    assert_same(state, load(opened, tree))
    assert len(objects(opened)) == 1
    git(opened.top, "lfs", "prune")
    # Saved again, it is put back as well.
    spool_state(tmp_path / "again", state)
    assert write_checkpoint(opened, tmp_path / "again", lfs=True) == tree
    assert len(objects(opened)) == 1


def test_what_nothing_points_to_is_let_go(opened: Repository, tmp_path: Path) -> None:
    kept = save(opened, tmp_path / "1", {"w": torch.randn(300)})
    commit(opened, kept, "refs/experiments/x")
    gone = save(opened, tmp_path / "2", {"w": torch.randn(200)})
    size = (tmp_path / "2" / STATE).stat().st_size
    assert let_go_unreferenced(opened, grace_s=0) == 0
    git(opened.top, "prune", "--expire=now")
    assert let_go_unreferenced(opened, grace_s=60) == 0  # it is young
    assert let_go_unreferenced(opened, grace_s=0) == size
    for oid, path in objects(opened).items():
        pointer = Pointer(oid, path.stat().st_size)
        path.unlink()
        assert lfs_objects.restore(opened, pointer) == (pointer.size != size)
    assert gone != kept


# What is not here, or not right ----------------------------------------------------------------


def lost(repo: Repository, folder: Path) -> str:
    """A checkpoint whose object is gone."""
    tree = save(repo, folder, {"w": torch.randn(300)})
    for oid, path in objects(repo).items():
        let_go(repo, [Pointer(oid, path.stat().st_size)])
        path.unlink()
    return tree


def test_no_remote_has_it(opened: Repository, tmp_path: Path) -> None:
    tree = lost(opened, tmp_path / "s")
    with pytest.raises(LfsProblem, match="there is no remote") as problem:
        load(opened, tree)
    assert "gitexp push" in (problem.value.hint or "")
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    git(opened.top, "remote", "add", "backup", str(tmp_path / "hub.git"))
    repo = Repository.open(opened.top)
    with pytest.raises(LfsProblem, match=r"no remote gave them .backup: "):
        load(repo, tree)


def test_the_second_remote_has_it(opened: Repository, tmp_path: Path) -> None:
    state = {"w": torch.randn(300)}
    tree = save(opened, tmp_path / "s", state)
    for name in ("origin", "backup"):
        git(tmp_path, "init", "-q", "--bare", f"{name}.git")
        git(opened.top, "remote", "add", name, str(tmp_path / f"{name}.git"))
    ((oid, path),) = objects(opened).items()
    git(opened.top, "lfs", "push", "--object-id", "backup", oid)
    let_go(opened, [Pointer(oid, path.stat().st_size)])
    path.unlink()
    assert_same(state, load(Repository.open(opened.top), tree))


def test_without_git_lfs(
    opened: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(opened.top, "remote", "add", "origin", str(tmp_path / "hub.git"))
    here = {"w": torch.ones(5)}
    gone = lost(opened, tmp_path / "s")
    monkeypatch.setenv("PATH", path_without_git_lfs(tmp_path / "bin"))
    repo = Repository.open(opened.top)
    # What is here needs no git-lfs, neither to be written nor to be read.
    assert_same(here, load(repo, save(repo, tmp_path / "t", here)))
    with pytest.raises(LfsProblem, match="git-lfs was not found") as problem:
        load(repo, gone)
    assert "install git-lfs" in (problem.value.hint or "")


def test_an_object_that_is_no_shard(opened: Repository, tmp_path: Path) -> None:
    tree = save(opened, tmp_path / "s", {"w": torch.randn(300)})
    (path,) = objects(opened).values()
    path.write_bytes(os.urandom(path.stat().st_size))
    with pytest.raises(MalformedCheckpoint, match=r"model\.safetensors"):
        load(opened, tree)


def test_a_small_blob_that_is_no_pointer(opened: Repository) -> None:
    state = {"w": torch.ones(4)}
    writer = ObjectWriter(opened)
    blob = writer.blob(safetensors.torch.save(state))
    tree = writer.tree({"model.safetensors": (FILE, blob)})
    writer.flush()
    assert_same(state, load(opened, tree))
    assert not is_here(opened, Pointer("0" * 64, 3))
    assert object_path(opened, Pointer("0" * 64, 3)).name == "0" * 64
