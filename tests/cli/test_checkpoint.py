"""`gitexp checkpoint`, as a user types it."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

import pytest
import safetensors.torch
import torch
from support.cli import gitexp
from support.runs import make_run

from gitexp.journal.spool import spool_state
from gitexp.store.checkpoints import write_checkpoint
from gitexp.store.repository import Repository


@pytest.fixture
def dove(repo: Path, tmp_path: Path) -> Path:
    checkpoints = {}
    for n in (1, 2):
        spool_state(tmp_path / str(n), {"w": torch.full((4,), float(n)), "b": torch.ones(2)})
        tree = write_checkpoint(Repository.open(repo), tmp_path / str(n))
        checkpoints[f"epoch-{n}"] = {
            "step": n,
            "bytes": (tmp_path / str(n) / "state.safetensors").stat().st_size,
            "tensors": 2,
            "metrics": {"val_loss": 1 / n},
            "tree": tree,
        }
    make_run(repo, "dove", checkpoints=checkpoints)
    return repo


def test_ls(dove: Path) -> None:
    lines = gitexp("checkpoint", "ls", cwd=dove).stdout.decode().splitlines()
    assert lines[0].split() == ["label", "step", "size", "tensors", "val_loss", "age"]
    assert [line.split()[0] for line in lines[1:]] == ["epoch-1", "epoch-2"]
    rows = json.loads(gitexp("checkpoint", "ls", "dove", "--json", cwd=dove).stdout)
    assert [row["label"] for row in rows] == ["epoch-1", "epoch-2"]
    assert rows[1]["metrics"] == {"val_loss": 0.5}
    assert len(rows[1]["tree"]) == 40


def test_ls_of_one_checkpoint_lists_its_tensors(dove: Path) -> None:
    said = gitexp("checkpoint", "ls", "dove:best", cwd=dove).stdout.decode()
    assert said == "b  F32  2   8 B\nw  F32  4  16 B\n2 tensors, 24 B\n"
    rows = json.loads(gitexp("checkpoint", "ls", "dove:1", "--json", cwd=dove).stdout)
    assert [row["name"] for row in rows] == ["b", "w"]


def test_ls_of_a_run_without_checkpoints(repo: Path) -> None:
    make_run(repo, "owl")
    done = gitexp("checkpoint", "ls", "owl", cwd=repo)
    assert (done.stdout, done.stderr) == (b"", b"the run has no checkpoints\n")


def test_get(dove: Path, tmp_path: Path) -> None:
    done = gitexp("checkpoint", "get", "dove:epoch-1", "-o", str(tmp_path / "out"), cwd=dove)
    assert done.stdout == b""
    assert done.stderr.decode().startswith("dove:epoch-1 → ")
    expected = {"w": torch.full((4,), 1.0), "b": torch.ones(2)}
    assert (tmp_path / "out").read_bytes() == safetensors.torch.save(expected)
    gitexp("checkpoint", "get", "latest:last", "-o", str(tmp_path / "out"), cwd=dove)
    assert safetensors.torch.load_file(tmp_path / "out")["w"][0] == 2


def test_get_under_its_own_name(dove: Path) -> None:
    gitexp("checkpoint", "get", "dove", cwd=dove)
    assert (dove / "dove-epoch-2.safetensors").is_file()
    done = gitexp("checkpoint", "get", "dove", cwd=dove, code=1)
    assert done.stderr.decode() == (
        "error: dove-epoch-2.safetensors exists\nhint: -o dove-epoch-2.safetensors overwrites it\n"
    )


def test_get_into_a_pipe(dove: Path, tmp_path: Path) -> None:
    expected = safetensors.torch.save({"w": torch.full((4,), 1.0), "b": torch.ones(2)})
    done = gitexp("checkpoint", "get", "dove:epoch-1", "-o", "-", cwd=dove)
    assert done.stdout == expected
    assert done.stderr.decode().startswith("dove:epoch-1 → stdout, ")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()), daemon=True)
    reader.start()
    gitexp("checkpoint", "get", "dove:epoch-1", "-o", str(pipe), cwd=dove)
    reader.join(30)
    assert got == [expected]
    assert pipe.is_fifo()
    done = gitexp("checkpoint", "get", "dove", "-o", str(tmp_path), cwd=dove, code=1)
    assert b"Is a directory" in done.stderr


def test_get_sharded(dove: Path, tmp_path: Path) -> None:
    gitexp("checkpoint", "get", "dove", "--sharded", str(tmp_path / "hf"), cwd=dove)
    assert os.listdir(tmp_path / "hf") == ["model.safetensors"]
    done = gitexp("checkpoint", "get", "dove", "--sharded", str(tmp_path / "hf"), cwd=dove, code=1)
    assert b"not empty\nhint: it must be new or empty" in done.stderr
    gitexp("checkpoint", "get", "dove", "--sharded", "-o", str(tmp_path / "hf2"), cwd=dove)
    assert os.listdir(tmp_path / "hf2") == ["model.safetensors"]
    done = gitexp("checkpoint", "get", "dove", "--sharded", cwd=dove, code=2)
    assert b"--sharded needs a folder" in done.stderr
    gitexp("checkpoint", "get", "dove", "--sharded", "a", "-o", "b", cwd=dove, code=2)


def test_get_says_what_is_wrong(dove: Path) -> None:
    done = gitexp("checkpoint", "get", "dove:epoch-9", cwd=dove, code=1)
    assert done.stderr.decode() == (
        "error: run 'dove' has no checkpoint 'epoch-9'\nhint: it has: epoch-1, epoch-2\n"
    )
    done = gitexp("checkpoint", "get", "dove", "-o", "no/such/folder", cwd=dove, code=1)
    assert b"cannot write no/such/folder: No such file" in done.stderr


def test_diff(dove: Path) -> None:
    said = gitexp("checkpoint", "diff", "dove:1", "dove:2", cwd=dove).stdout.decode()
    assert said.splitlines() == [
        "dove:epoch-1 → dove:epoch-2",
        "~  w  F32 4  16 B  100%",
        "1 changed; the changed ones moved by 100% of their length; 1 equal",
        "33.3% of 24 B is equal, 0% is stored once for both",
    ]
    data = json.loads(gitexp("checkpoint", "diff", "dove:1", "dove", "--json", cwd=dove).stdout)
    assert data["names"] == ["dove:epoch-1", "dove:epoch-2"]
    assert data["relative_l2"] == 1.0
