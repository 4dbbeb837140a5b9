"""What people read of checkpoints."""

# ruff: noqa: RUF001

from __future__ import annotations

import math

from gitexp.render.checkpoints import (
    checkpoint_diff_json,
    checkpoint_diff_page,
    checkpoints_table,
    tensors_table,
)
from gitexp.schema.checkpoint import (
    ADDED,
    CHANGED,
    REMOVED,
    RESHAPED,
    CheckpointDiff,
    TensorDelta,
    TensorInfo,
)
from gitexp.schema.clock import to_iso
from gitexp.schema.run import CheckpointEntry

NOW_S = 1_704_067_200.0


def info(name: str, dtype: str = "F32", shape: tuple[int, ...] = (2, 3)) -> TensorInfo:
    return TensorInfo(name, dtype, shape, 1024, ("1" * 40,))


def test_table_of_checkpoints() -> None:
    entries = [
        CheckpointEntry("step-1", 1, 2048, 12, {"val_loss": 0.51234}, to_iso(NOW_S - 7200)),
        CheckpointEntry("evil\x1b[31m", None, 10, 1, {"acc": math.inf}, None),
    ]
    assert checkpoints_table(entries, [True, False], now_s=NOW_S, colour=False) == (
        "label      step   size  tensors  val_loss  acc  age\n"
        "step-1        1  2 KiB       12    0.5123    –  2 h ago\n"
        "evil␛[31m     –   10 B        1         –    ∞  –, not in git yet\n"
    )


def test_table_of_tensors() -> None:
    tensors = [info("h.0.weight"), info("scale", "BF16", ())]
    assert tensors_table(tensors, colour=False) == (
        "h.0.weight  F32   2×3     1 KiB\nscale       BF16  scalar  1 KiB\n2 tensors, 2 KiB\n"
    )


def deltas() -> tuple[TensorDelta, ...]:
    a, b = info("a"), info("a", "F16", (6,))
    return (
        TensorDelta("came", ADDED, None, a),
        TensorDelta("cast", RESHAPED, a, b),
        TensorDelta("gone", REMOVED, a, None),
        TensorDelta("little", CHANGED, a, a, 0.00012),
        TensorDelta("much", CHANGED, a, a, 0.5),
        TensorDelta("nan", CHANGED, a, a, math.nan),
        TensorDelta("odd", CHANGED, a, a, None),
        TensorDelta("zero", CHANGED, a, a, math.inf),
    )


def test_page_of_differences() -> None:
    diff = CheckpointDiff(("a:1", "b:\x1b2"), deltas(), 3, (9000, 10000), 2500, 2000, 0.123)
    page = checkpoint_diff_page(diff, width=80, colour=False)
    assert page == (
        "a:1 → b:␛2\n"
        "+  came    F32 2×3          1 KiB      added\n"
        "!  cast    F32 2×3 → F16 6  1 KiB   reshaped\n"
        "-  gone    F32 2×3          1 KiB    removed\n"
        "~  nan     F32 2×3          1 KiB        NaN\n"
        "~  odd     F32 2×3          1 KiB    changed\n"
        "~  zero    F32 2×3          1 KiB  from zero\n"
        "~  much    F32 2×3          1 KiB        50%\n"
        "~  little  F32 2×3          1 KiB     0.012%\n"
        "5 changed, 1 of another shape or type, 1 added, 1 removed; "
        "the changed ones moved by 12.3% of their length; 3 equal\n"
        "25% of 9.8 KiB is equal, 20% is stored once for both\n"
    )
    assert "\x1b[" in checkpoint_diff_page(diff, width=80, colour=True)


def test_long_names_are_cut_on_a_terminal_only() -> None:
    name = "transformer." * 20
    diff = CheckpointDiff(
        ("a", "b"), (TensorDelta(name, ADDED, None, info(name)),), 0, (1, 1), 0, 0, None
    )
    assert name in checkpoint_diff_page(diff, width=None, colour=False)
    cut = checkpoint_diff_page(diff, width=80, colour=False)
    assert max(map(len, cut.splitlines()[1:2])) <= 80


def test_no_differences() -> None:
    diff = CheckpointDiff(("a", "b"), (), 3, (9, 9), 9, 9, None)
    assert checkpoint_diff_page(diff, width=80, colour=False) == (
        "a → b\nNo differences: all 3 tensors are equal bit for bit.\n"
    )


def test_differences_for_programs() -> None:
    diff = CheckpointDiff(("a", "b"), deltas(), 3, (9, 9), 9, 9, math.nan)
    data = checkpoint_diff_json(diff)
    assert data["relative_l2"] == "NaN"
    assert [row["relative_l2"] for row in data["tensors"]][3:] == [
        0.00012,
        0.5,
        "NaN",
        None,
        "Infinity",
    ]
    assert data["tensors"][0]["old"] is None
    assert data["tensors"][0]["new"]["shape"] == [2, 3]
