"""What Hugging Face's loaders expect of a folder."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
import safetensors
import safetensors.torch
import torch

from gitexp.journal.spool import spool_file, spool_state
from gitexp.store.checkpoint_export import write_sharded
from gitexp.store.checkpoints import StoredCheckpoint, write_checkpoint
from gitexp.store.repository import Repository


def read_folder(folder: Path) -> tuple[dict[str, torch.Tensor], set[str]]:
    """As transformers does: all files that the index names, and nothing else."""
    index = json.loads((folder / "model.safetensors.index.json").read_bytes())
    files = set(index["weight_map"].values())
    tensors = {}
    for file in files:
        with safetensors.safe_open(folder / file, "pt") as shard:
            assert shard.metadata()["format"] == "pt"
            for name in shard.keys():  # noqa: SIM118
                assert index["weight_map"][name] == file
                tensors[name] = shard.get_tensor(name)
    assert tensors.keys() == index["weight_map"].keys()
    assert index["metadata"]["total_size"] == sum(t.nbytes for t in tensors.values())
    return tensors, files


@pytest.mark.usefixtures("repo")
def test_large_one_with_a_tensor_that_is_stored_in_parts(tmp_path: Path) -> None:
    state = {
        "wte.weight": torch.randn(13 * 1024, 1024),
        "h.0.w": torch.randn(1024, 1024),
        "h.0.b": torch.ones(3, dtype=torch.bfloat16),
        "../../evil.w": torch.ones(2),
    }
    source = tmp_path / "source.safetensors"
    safetensors.torch.save_file(state, source, metadata={"format": "pt", "epoch": "3"})
    spool_file(tmp_path / "spool", source)
    repo = Repository.open()
    folder = tmp_path / "a" / "out"
    with StoredCheckpoint(repo, write_checkpoint(repo, tmp_path / "spool")) as checkpoint:
        assert len(checkpoint.files) == 7  # two parts, three shards, index, header
        count = write_sharded(checkpoint, folder)
    tensors, files = read_folder(folder)
    assert count == len(files) + 1 == len(os.listdir(folder)) == 5
    assert os.listdir(folder.parent) == ["out"]
    for name, tensor in state.items():
        assert torch.equal(tensors[name], tensor)
    with safetensors.safe_open(folder / "h.0.w.safetensors", "pt") as shard:
        assert shard.metadata() == {"format": "pt", "epoch": "3"}


@pytest.mark.usefixtures("repo")
def test_small_one_is_one_file(tmp_path: Path) -> None:
    spool_state(tmp_path / "spool", {"w": torch.ones(3)})
    repo = Repository.open()
    (tmp_path / "out").mkdir()
    with StoredCheckpoint(repo, write_checkpoint(repo, tmp_path / "spool")) as checkpoint:
        assert write_sharded(checkpoint, tmp_path / "out") == 1
        content = (tmp_path / "out" / "model.safetensors").read_bytes()
        assert content == safetensors.torch.save({"w": torch.ones(3)})
        with pytest.raises(OSError, match="not empty"):
            write_sharded(checkpoint, tmp_path / "out")
    assert sorted(os.listdir(tmp_path)) == ["lab", "out", "spool"]
