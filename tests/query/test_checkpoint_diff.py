"""Distances between tensors agree with torch's, whatever the dtype and the layout."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from gitexp.journal.spool import spool_state
from gitexp.query.checkpoint_diff import diff_checkpoints
from gitexp.schema.checkpoint import CheckpointDiff
from gitexp.schema.elements import is_numeric, to_float64
from gitexp.schema.state.leaves import TORCH_NAMES
from gitexp.store import checkpoints, shards
from gitexp.store.checkpoints import StoredCheckpoint, write_checkpoint
from gitexp.store.repository import Repository


@pytest.fixture(params=["single", "sharded", "split"])
def layout(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param != "single":
        monkeypatch.setattr(checkpoints, "SINGLE_LIMIT_BYTES", 0)
        monkeypatch.setattr(shards, "OWN_SHARD_BYTES", 256)
    if request.param == "split":
        monkeypatch.setattr(checkpoints, "SHARD_LIMIT_BYTES", 300)
    return str(request.param)


def diff_of(tmp_path: Path, old: Any, new: Any) -> CheckpointDiff:
    repo = Repository.open()
    trees = []
    for name, state in (("old", old), ("new", new)):
        spool_state(tmp_path / name, state)
        trees.append(write_checkpoint(repo, tmp_path / name))
    with StoredCheckpoint(repo, trees[0]) as a, StoredCheckpoint(repo, trees[1]) as b:
        return diff_checkpoints(a, b, ("a", "b"))


@pytest.mark.usefixtures("repo", "layout")
def test_every_status(tmp_path: Path) -> None:
    torch.manual_seed(0)
    large, small = torch.randn(40, 20), torch.randn(5)
    old = {"l": large, "m.same": small, "m.moved": small, "gone": small, "cast": small, "e": large}
    new = {
        "l": large + 0.01,
        "m.same": small.clone(),
        "m.moved": small * 1.5,
        "came": small.clone(),
        "cast": small.half(),
        "e": large.reshape(20, 40),
    }
    diff = diff_of(tmp_path, {k: v.clone() for k, v in old.items()}, new)
    assert {delta.name: delta.status for delta in diff.tensors} == {
        "came": "added",
        "cast": "reshaped",
        "e": "reshaped",
        "gone": "removed",
        "l": "changed",
        "m.moved": "changed",
    }
    distances = {delta.name: delta.relative_l2 for delta in diff.tensors}
    assert distances["m.moved"] == pytest.approx(0.5, rel=1e-6)
    step = (new["l"] - large).double()
    assert distances["l"] == pytest.approx((step.norm() / large.double().norm()).item(), rel=1e-9)
    assert distances["cast"] is None
    assert diff.same == 1
    assert diff.same_bytes == 20
    assert diff.bytes == (2 * 3200 + 4 * 20, 2 * 3200 + 3 * 20 + 10)
    both = math.sqrt(
        (step.square().sum() + (0.5 * small.double()).square().sum())
        / (large.double().square().sum() + small.double().square().sum())
    )
    assert diff.relative_l2 == pytest.approx(both, rel=1e-6)


@pytest.mark.usefixtures("repo", "layout")
def test_equal_checkpoints(tmp_path: Path) -> None:
    state = {"w": torch.randn(40, 20), "b": torch.ones(3), "none": torch.ones(0)}
    diff = diff_of(tmp_path, state, {k: v.clone() for k, v in state.items()})
    assert diff.tensors == ()
    assert (diff.same, diff.same_bytes, diff.shared_bytes) == (3, 3212, 3212)
    assert diff.relative_l2 is None


@pytest.mark.usefixtures("repo")
def test_what_is_stored_once(tmp_path: Path) -> None:
    mib = 1024 * 1024
    old = {f"w{n}": torch.randn(mib) for n in range(5)}
    new = {**old, "w0": torch.randn(mib)}
    diff = diff_of(tmp_path, old, new)
    assert (diff.shared_bytes, diff.same_bytes) == (16 * mib, 16 * mib)
    assert diff.tensors[0].relative_l2 == pytest.approx(math.sqrt(2), rel=0.02)


@pytest.mark.usefixtures("repo")
def test_larger_than_a_block(tmp_path: Path) -> None:
    old = torch.arange(6_000_001, dtype=torch.int32)
    new = old.clone()
    new[-1] += 3
    (delta,) = diff_of(tmp_path, {"w": old}, {"w": new}).tensors
    assert delta.relative_l2 == pytest.approx(3 / old.double().norm().item(), rel=1e-9)


@pytest.mark.usefixtures("repo")
def test_zeros_and_what_is_not_finite(tmp_path: Path) -> None:
    old = {"zero": torch.zeros(3), "nan": torch.tensor([1.0, math.nan]), "minus": torch.zeros(2)}
    new = {"zero": torch.ones(3), "nan": torch.tensor([2.0, math.nan]), "minus": -torch.zeros(2)}
    distances = {d.name: d.relative_l2 for d in diff_of(tmp_path, old, new).tensors}
    assert distances["zero"] == math.inf
    assert math.isnan(distances["nan"] or 0)
    assert distances["minus"] == 0  # other bits, the same numbers


@pytest.mark.parametrize("dtype", [d for d in TORCH_NAMES if d not in ("F4",)])
def test_elements_of_every_dtype(dtype: str) -> None:
    kind = getattr(torch, TORCH_NAMES[dtype])
    size = 65536 if dtype in ("BF16", "F16") else 256
    raw = np.random.default_rng(0).integers(0, 256, 8 * size, np.uint8)
    if dtype == "BOOL":
        raw %= 2
    elif kind.itemsize == 1:
        raw = np.arange(256, dtype=np.uint8)
    elif kind.itemsize == 2:
        raw = np.arange(65536, dtype=np.uint16).view(np.uint8)
    tensor = torch.from_numpy(raw).view(kind)
    expected = (torch.view_as_real(tensor).reshape(-1) if dtype == "C64" else tensor).double()
    assert is_numeric(dtype)
    found = to_float64(raw.tobytes(), dtype)
    np.testing.assert_array_equal(found, expected.numpy())


@pytest.mark.usefixtures("repo")
def test_elements_that_nobody_can_read(tmp_path: Path) -> None:
    raw = torch.arange(4, dtype=torch.uint8)
    four = raw.view(torch.float4_e2m1fn_x2)
    other = (raw + 1).view(torch.float4_e2m1fn_x2)
    (delta,) = diff_of(tmp_path, {"w": four}, {"w": other}).tensors
    assert (delta.status, delta.relative_l2) == ("changed", None)
