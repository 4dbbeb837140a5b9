"""Checkpoints go into git and come back bit for bit, whatever their layout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
from conftest import init_repo
from hypothesis import HealthCheck, given, settings
from support.git import fsck, git
from support.states import assert_same, states

from gitexp.errors import (
    CheckpointNotHere,
    GitCommandFailed,
    MalformedCheckpoint,
    TensorNotFound,
)
from gitexp.journal.spool import spool_file, spool_state
from gitexp.schema.names import SKELETON, STATE
from gitexp.store import checkpoints, shards
from gitexp.store.checkpoints import StoredCheckpoint, write_checkpoint
from gitexp.store.objects import FILE, ObjectWriter
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
    return write_checkpoint(repo, folder)


def load(repo: Repository, tree: str) -> Any:
    with StoredCheckpoint(repo, tree) as checkpoint:
        return checkpoint.load()


def model_state(seed: int = 0) -> dict[str, torch.Tensor]:
    """About 80 MiB: one tensor of 48 MiB, some of 4, small ones, several dtypes."""
    torch.manual_seed(seed)
    state = {"wte.weight": torch.randn(12 * 1024, 1024)}
    for n in range(8):
        state[f"h.{n}.attn.weight"] = torch.randn(1024, 1024)
        state[f"h.{n}.ln.weight"] = torch.randn(1024, dtype=torch.bfloat16)
        state[f"h.{n}.ln.bias"] = torch.zeros(1024)
        state[f"h.{n}.ln.count"] = torch.tensor(n)
    return state


# Round trips -----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:ComplexHalf")  # torch's own, once in a process
@given(states)
@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
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


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_large_model(tmp_path: Path, object_format: str) -> None:
    init_repo(tmp_path / "lab", f"--object-format={object_format}")
    repo = Repository.open(tmp_path / "lab")
    state = model_state()
    tree = save(repo, tmp_path / "spool", state)
    files = git(repo.top, "ls-tree", "--name-only", tree).split("\n")
    assert files == sorted(
        [
            *(f"h.{n}.attn.weight.safetensors" for n in range(8)),
            *(f"h.{n}.ln.safetensors" for n in range(8)),
            "header.json",
            "model.safetensors.index.json",
            "skeleton.json",
            "wte.weight.part-1-of-2.safetensors",
            "wte.weight.part-2-of-2.safetensors",
        ]
    )
    back = load(repo, tree)
    assert list(back) == list(state)
    for name, tensor in state.items():
        assert_same(tensor, back[name])
    with StoredCheckpoint(repo, tree) as checkpoint:
        checkpoint.stream_to(tmp_path / "plain.safetensors")
        assert checkpoint.bytes == (tmp_path / "plain.safetensors").stat().st_size
    assert (tmp_path / "plain.safetensors").read_bytes() == safetensors.torch.save(state)
    fsck(repo.top)


def test_small_model_is_one_file(opened: Repository, tmp_path: Path) -> None:
    model = torch.nn.Linear(3, 2)
    tree = save(opened, tmp_path / "spool", model)
    assert git(opened.top, "ls-tree", "--name-only", tree).split() == [
        "model.safetensors",
        "skeleton.json",
    ]
    blob = opened.git("cat-file", "blob", f"{tree}:model.safetensors")
    assert blob == safetensors.torch.save(model.state_dict())
    assert_same(dict(model.state_dict()), dict(load(opened, tree)))


def test_nothing_but_plain_data(opened: Repository, tmp_path: Path) -> None:
    tree = save(opened, tmp_path / "spool", {"epoch": 3, 1: (2,)})
    assert load(opened, tree) == {"epoch": 3, 1: (2,)}
    with StoredCheckpoint(opened, tree) as checkpoint:
        assert checkpoint.names == ()
        assert checkpoint.tensors() == []


@pytest.mark.usefixtures("small_shards")
def test_file_of_somebody_else(opened: Repository, tmp_path: Path) -> None:
    tensors = {"a.w": torch.randn(40, 20), "a.b": torch.ones(3, dtype=torch.float16)}
    source = tmp_path / "theirs.safetensors"
    safetensors.torch.save_file(tensors, source, metadata={"format": "pt", "epoch": "3"})
    spool_file(tmp_path / "spool", source)
    tree = write_checkpoint(opened, tmp_path / "spool")
    with StoredCheckpoint(opened, tree) as checkpoint:
        assert checkpoint.skeleton is None
        assert checkpoint.header.metadata == {"format": "pt", "epoch": "3"}
        checkpoint.stream_to(tmp_path / "out.safetensors")
        back = checkpoint.load()
    assert (tmp_path / "out.safetensors").read_bytes() == source.read_bytes()
    assert back.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert_same(tensor, back[name])


def test_broken_file_in_the_spool(opened: Repository, tmp_path: Path) -> None:
    spool_state(tmp_path / "spool", {"w": torch.ones(10)})
    with (tmp_path / "spool" / STATE).open("ab") as file:
        file.write(b"x")
    with pytest.raises(MalformedCheckpoint, match=r"state\.safetensors"):
        write_checkpoint(opened, tmp_path / "spool")


# What is stored once ---------------------------------------------------------------------------


def stored_bytes(repo: Repository) -> int:
    counted = git(repo.top, "count-objects", "-v")
    sizes = dict(line.split(": ") for line in counted.splitlines())
    return 1024 * (int(sizes["size"]) + int(sizes["size-pack"]))


def test_only_changed_tensors_are_stored_again(opened: Repository, tmp_path: Path) -> None:
    state = model_state()
    first = save(opened, tmp_path / "1", state)
    before = stored_bytes(opened)
    state["h.3.attn.weight"] = torch.randn(1024, 1024)
    second = save(opened, tmp_path / "2", state)
    assert 4 * 1024 * 1024 < stored_bytes(opened) - before < 1.02 * 4 * 1024 * 1024
    changed = git(opened.top, "diff-tree", "--name-only", first, second).split()
    assert changed == ["h.3.attn.weight.safetensors"]
    # Beside other tensors, as in a checkpoint with the optimizer, under the same names.
    third = save(opened, tmp_path / "3", {**state, "step": torch.tensor(5)})
    assert git(opened.top, "diff-tree", "--name-only", second, third).split() == [
        "header.json",
        "model.safetensors.index.json",
        "root.safetensors",
        "skeleton.json",
    ]


def test_same_checkpoint_same_tree(opened: Repository, tmp_path: Path) -> None:
    state = {"b": torch.ones(3), "a": {"x": {3, 1, 2, "z", "y"}}}
    assert save(opened, tmp_path / "1", state) == save(opened, tmp_path / "2", state)


def test_tied_tensors_are_stored_once_and_come_back_tied(
    opened: Repository, tmp_path: Path
) -> None:
    weight = torch.randn(1024, 1024)
    tree = save(opened, tmp_path / "s", {"wte": weight, "head": {"w": weight, "t": weight.t()}})
    assert stored_bytes(opened) < 4.1 * 1024 * 1024
    back = load(opened, tree)
    back["wte"][0, 1] = 42
    assert back["head"]["w"][0, 1] == back["head"]["t"][1, 0] == 42
    with StoredCheckpoint(opened, tree) as checkpoint:
        assert checkpoint.names == ("wte", "head.w", "head.t")
        assert torch.equal(checkpoint.tensor("head.t"), weight.t())
        assert [info.name for info in checkpoint.tensors()] == ["wte"]


def test_tensors_do_not_share_memory_after_loading(opened: Repository, tmp_path: Path) -> None:
    back = load(opened, save(opened, tmp_path / "s", {"a": torch.ones(3), "b": torch.ones(5)}))
    assert back["a"].untyped_storage().nbytes() == 12
    assert back["b"].untyped_storage().nbytes() == 20


# Reading parts ---------------------------------------------------------------------------------


@pytest.mark.usefixtures("small_shards")
def test_single_tensors(opened: Repository, tmp_path: Path) -> None:
    state = {
        "model": {
            "w": torch.randn(30, 20),
            "b": torch.randn(4),
            "c": torch.ones(2).to(1j.__class__),
        },
        "optimizer": {0: {"m": torch.randn(8, 8)}},
        "array": np.arange(3),
    }
    tree = save(opened, tmp_path / "s", state)
    with StoredCheckpoint(opened, tree) as checkpoint:
        assert_same(state["model"]["w"], checkpoint.tensor("model.w"))
        found = checkpoint.load(["model.*", "array"])
        assert list(found) == ["model.w", "model.b", "model.c", "array"]
        for name in ("w", "b", "c"):
            assert_same(state["model"][name], found[f"model.{name}"])
        assert_same(state["array"], found["array"])
        with pytest.raises(TensorNotFound, match=r"no tensor 'model\.ww'") as error:
            checkpoint.tensor("model.ww")
        assert error.value.hint == "did you mean 'model.w'?"
        infos = {info.name: info for info in checkpoint.tensors()}
        assert (infos["model.w"].dtype, infos["model.w"].shape) == ("F32", (30, 20))
        assert infos["model.w"].bytes == 2400
        assert len(infos["model.w"].oids) == 3
        # Stopping in the middle does not harm what comes after.
        for _ in checkpoint.pieces():
            break
        assert_same(state["model"]["b"], checkpoint.tensor("model.b"))


def test_device(opened: Repository, tmp_path: Path) -> None:
    weight = torch.ones(3)
    state = {"w": weight, "tied": weight, "n": np.ones(2)}
    tree = save(opened, tmp_path / "s", state)
    with StoredCheckpoint(opened, tree) as checkpoint:
        back = checkpoint.load(device="meta")
        assert back["w"].device.type == back["tied"].device.type == "meta"
        assert isinstance(back["n"], np.ndarray)
        assert checkpoint.tensor("w", device=torch.device("meta")).device.type == "meta"
        assert checkpoint.load()["w"].device.type == "cpu"


def test_numpy_checkpoint_without_torch(opened: Repository, tmp_path: Path) -> None:
    tree = save(opened, tmp_path / "s", {"w": np.arange(3.0), "epoch": 2})
    torch_tree = save(opened, tmp_path / "t", {"w": torch.ones(2)})
    source = tmp_path / "theirs.safetensors"
    safetensors.torch.save_file({"w": torch.ones(2)}, source)
    spool_file(tmp_path / "u", source)
    file_tree = write_checkpoint(opened, tmp_path / "u")
    code = (
        "import sys, importlib.abc\n"
        "class NoTorch(importlib.abc.MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'torch': raise ImportError(name)\n"
        "import importlib.util\n"
        "real = importlib.util.find_spec\n"
        "importlib.util.find_spec = lambda name, *a: None if name == 'torch' else real(name, *a)\n"
        "sys.meta_path.insert(0, NoTorch())\n"
        "from gitexp.errors import GitexpError\n"
        "from gitexp.store.checkpoints import StoredCheckpoint\n"
        "from gitexp.store.repository import Repository\n"
        "repo = Repository.open()\n"
        "state = StoredCheckpoint(repo, sys.argv[1]).load()\n"
        "assert state['w'].tolist() == [0, 1, 2] and state['epoch'] == 2\n"
        "print(type(StoredCheckpoint(repo, sys.argv[3]).load()['w']).__name__)\n"
        "try:\n"
        "    StoredCheckpoint(repo, sys.argv[2]).load()\n"
        "except GitexpError as error:\n"
        "    print(error, '|', error.hint)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tree, torch_tree, file_tree],
        capture_output=True,
        text=True,
        check=True,
    )
    first, second = done.stdout.splitlines()
    assert first == "ndarray"
    assert second.startswith(
        "the checkpoint holds torch tensors, and torch is not installed | pip"
    )


# Git takes it for its own ----------------------------------------------------------------------


@pytest.mark.parametrize("layout", ["single", "sharded"])
def test_git_carries_it_anywhere(opened: Repository, tmp_path: Path, layout: str) -> None:
    if layout == "sharded":
        state = model_state()
    else:
        state = {"w": torch.randn(1000, 1000), "b": torch.ones(3)}
    tree = save(opened, tmp_path / "s", state)
    commit = git(opened.top, "commit-tree", "-m", "x", tree)
    git(opened.top, "update-ref", "refs/experiments/x", commit)
    fsck(opened.top)
    git(opened.top, "gc", "-q", "--prune=now")
    git(opened.top, "repack", "-adfq", "--window=2", "--pack-kept-objects")
    fsck(opened.top)
    git(tmp_path, "clone", "-q", "--mirror", "--no-local", str(opened.top), "mirror")
    fsck(tmp_path / "mirror")
    back = load(Repository.open(tmp_path / "mirror"), tree)
    for name, tensor in state.items():
        assert_same(tensor, back[name])


def test_checked_out_folder_is_what_hugging_face_reads(opened: Repository, tmp_path: Path) -> None:
    state = {f"h.{n}.w": torch.randn(1024, 1024) for n in range(5)} | {"h.0.b": torch.ones(4)}
    tree = save(opened, tmp_path / "s", state)
    (tmp_path / "out").mkdir()
    archive = opened.git("archive", tree)
    subprocess.run(["tar", "-x", "-C", str(tmp_path / "out")], input=archive, check=True)
    index = json.loads((tmp_path / "out" / "model.safetensors.index.json").read_bytes())
    found = {}
    for file in sorted(set(index["weight_map"].values())):
        with safetensors.safe_open(tmp_path / "out" / file, "pt") as shard:
            assert shard.metadata() == {"format": "pt"}
            found |= {name: shard.get_tensor(name) for name in shard.keys()}  # noqa: SIM118
    assert found.keys() == state.keys() == index["weight_map"].keys()
    assert all(torch.equal(found[name], state[name]) for name in state)


def test_no_deltas_are_looked_for(opened: Repository, tmp_path: Path) -> None:
    attributes = opened.common_dir / "info" / "attributes"
    attributes.parent.mkdir(exist_ok=True)
    attributes.write_bytes(b"*.png binary")
    for n in range(2):
        save(opened, tmp_path / str(n), {"w": torch.ones(n + 1)})
    assert attributes.read_bytes() == b"*.png binary\n*.safetensors -delta\n"
    asked = git(opened.top, "check-attr", "delta", "a/b.safetensors")
    assert asked == "a/b.safetensors: delta: unset"
    attributes.write_bytes(b"*.safetensors delta\n")
    save(opened, tmp_path / "3", {"w": torch.ones(9)})
    assert attributes.read_bytes() == b"*.safetensors delta\n"


def test_worktree_and_index_are_not_touched(opened: Repository, tmp_path: Path) -> None:
    index = (opened.git_dir / "index").read_bytes()
    save(opened, tmp_path / "s", model_state())
    assert git(opened.top, "status", "--porcelain") == ""
    assert (opened.git_dir / "index").read_bytes() == index


def test_what_a_gc_took_is_written_again(opened: Repository, tmp_path: Path) -> None:
    state = {"w": torch.randn(2000, 1000)}
    spool_state(tmp_path / "s", state)
    tree = write_checkpoint(opened, tmp_path / "s")
    for path in (opened.common_dir / "objects" / "pack").iterdir():
        path.unlink()
    with pytest.raises(CheckpointNotHere), StoredCheckpoint(opened, tree) as checkpoint:
        checkpoint.load()
    assert write_checkpoint(opened, tmp_path / "s", have_none=True) == tree
    assert torch.equal(load(opened, tree)["w"], state["w"])


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_memory_does_not_grow_with_the_checkpoint(opened: Repository, tmp_path: Path) -> None:
    spool_state(tmp_path / "s", {f"w{n}": torch.randn(1024, 1024) for n in range(60)})
    code = (
        "import sys, pathlib\n"
        "from gitexp.store.checkpoints import write_checkpoint\n"
        "from gitexp.store.repository import Repository\n"
        "repo = Repository.open()\n"
        "def peak():\n"
        "    # ru_maxrss is inherited from the process that started this one\n"
        "    text = pathlib.Path('/proc/self/status').read_text()\n"
        "    return int(text.split('VmHWM:')[1].split()[0])\n"
        "before = peak()\n"
        "write_checkpoint(repo, pathlib.Path(sys.argv[1]))\n"
        "assert not {'torch', 'numpy', 'safetensors', 'git'} & set(sys.modules)\n"
        "print(peak() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "s")], capture_output=True, check=True
    )
    assert int(done.stdout) < 40 * 1024  # KiB, for 240 MiB


# On a server, or a stranger's ------------------------------------------------------------------


def test_tensors_that_a_partial_clone_left_on_the_server(
    opened: Repository, tmp_path: Path
) -> None:
    state = model_state()
    tree = save(opened, tmp_path / "s", state)
    git(opened.top, "config", "uploadpack.allowFilter", "true")
    git(opened.top, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(opened.top, "update-ref", "refs/heads/x", git(opened.top, "commit-tree", "-m", "x", tree))
    url = f"file://{opened.top}"
    git(tmp_path, "clone", "-q", "--bare", "--filter=blob:limit=1m", url, "thin")
    thin = Repository.open(tmp_path / "thin")
    with StoredCheckpoint(thin, tree) as checkpoint:
        assert len(checkpoint.names) == len(state)
        name = "h.3.attn.weight"
        assert torch.equal(checkpoint.tensor(name), state[name])  # git fetches it
    os.rename(opened.top, tmp_path / "gone")
    with StoredCheckpoint(thin, tree) as checkpoint:
        assert torch.equal(checkpoint.tensor(name), state[name])
        with pytest.raises(CheckpointNotHere) as error:
            checkpoint.load()
        assert error.value.missing == 9
        assert "gitexp fetch --checkpoints" in (error.value.hint or "")
        small = "h.3.ln.bias"  # and it can still be asked for others
        assert torch.equal(checkpoint.tensor(small), state[small])


def hostile_tree(repo: Repository, files: dict[str, bytes]) -> str:
    writer = ObjectWriter(repo)
    tree = writer.tree({name: (FILE, writer.blob(data)) for name, data in files.items()})
    writer.flush()
    return tree


def stored_files(repo: Repository, tree: str) -> dict[str, bytes]:
    names = git(repo.top, "ls-tree", "--name-only", tree).split("\n")
    return {name: repo.git("cat-file", "blob", f"{tree}:{name}") for name in names}


@pytest.mark.usefixtures("small_shards")
@pytest.mark.parametrize(
    ("spoil", "where"),
    [
        (lambda files: files.pop("header.json"), "header.json"),
        (lambda files: files.pop("model.safetensors.index.json"), "index.json"),
        (lambda files: files.pop("a.safetensors"), "a.safetensors"),
        (lambda files: files.update({"header.json": b"{}x"}), "header.json"),
        (lambda files: files.update({"header.json": b"{}"}), "skeleton.json"),
        (lambda files: files.update({"skeleton.json": b"[1]"}), "skeleton.json"),
        (lambda files: files.update({"skeleton.json": b"["}), "skeleton.json"),
        (lambda files: files.update({"skeleton.json": b'{"format": 9}'}), "skeleton.json"),
        (lambda files: files.update({"a.safetensors": b"short"}), "a.safetensors"),
        (lambda files: files.update({"a.safetensors": b"\x10" + b"\0" * 30}), "a.safetensors"),
        (
            lambda files: files.update({"a.safetensors": safetensors.torch.save({})}),
            "a.safetensors",
        ),
        (
            lambda files: files.update(
                {"a.safetensors": safetensors.torch.save({"a.b": torch.ones(9)})}
            ),
            "a.safetensors",
        ),
        (
            lambda files: files.update(
                {"model.safetensors.index.json": b'{"weight_map": {"a.b": "../x"}}'}
            ),
            r"\.\./x",
        ),
        (lambda files: files.update({"model.safetensors": b"x" * 50}), "model.safetensors"),
    ],
)
def test_malformed_checkpoints_are_named(
    opened: Repository, tmp_path: Path, spoil: Any, where: str
) -> None:
    state = {"a.b": torch.ones(4), "c.w": torch.randn(40, 20)}
    files = stored_files(opened, save(opened, tmp_path / "s", state))
    assert set(files) >= {"header.json", "a.safetensors", SKELETON}
    spoil(files)
    tree = hostile_tree(opened, files)
    with (
        pytest.raises(MalformedCheckpoint, match=where),
        StoredCheckpoint(opened, tree) as checkpoint,
    ):
        checkpoint.load()


def test_missing_tree(opened: Repository) -> None:
    with pytest.raises(CheckpointNotHere), StoredCheckpoint(opened, "1" * 40) as checkpoint:
        checkpoint.load()


def test_damaged_pack_is_an_error_and_no_wrong_tensor(opened: Repository, tmp_path: Path) -> None:
    tree = save(opened, tmp_path / "s", {"w": torch.zeros(1_000_000)})
    (pack,) = (opened.common_dir / "objects" / "pack").glob("*.pack")
    pack.chmod(0o644)
    with pack.open("r+b") as file:
        file.seek(2_000_000)
        file.write(b"\1")
    with pytest.raises(GitCommandFailed), StoredCheckpoint(opened, tree) as checkpoint:
        checkpoint.load()
