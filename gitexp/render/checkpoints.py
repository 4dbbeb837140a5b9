"""`gitexp checkpoint`: a run's checkpoints, their tensors, and how two differ."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitexp.render import text
from gitexp.render.terminal_text import Cell, Paint, columns, fit
from gitexp.schema.checkpoint import (
    ADDED,
    CHANGED,
    REMOVED,
    RESHAPED,
    CheckpointDiff,
    TensorDelta,
    TensorInfo,
)
from gitexp.schema.metrics import json_number
from gitexp.schema.run import CheckpointEntry

_NAME_CELLS = 60
_SIGNS = {ADDED: "+", REMOVED: "-", CHANGED: "~", RESHAPED: "!"}
_STYLES = {ADDED: "green", REMOVED: "red", CHANGED: "", RESHAPED: "yellow"}


def checkpoints_table(
    entries: Sequence[CheckpointEntry], in_git: Sequence[bool], *, now_s: float, colour: bool
) -> str:
    """A run's checkpoints, the oldest first.

    Args:
        entries: what run.json says.
        in_git: whether each is there already.
        now_s: the present, for ages.
        colour: whether escape codes may be used.
    """
    keys = list(dict.fromkeys(key for entry in entries for key in entry.metrics))
    head = ["label", "step", "size", "tensors", *map(text.one_line, keys), "age"]
    rows = [[Cell(title, "dim", right=1 <= i < len(head) - 1) for i, title in enumerate(head)]]
    for entry, there in zip(entries, in_git, strict=True):
        age = text.age_of(entry.created_at, now_s) if entry.created_at else text.NONE
        rows.append(
            [
                Cell(text.one_line(entry.label), "bold"),
                Cell(text.number(entry.step), right=True),
                Cell(text.byte_size(entry.bytes), right=True),
                Cell(text.count(entry.tensors), right=True),
                *(Cell(text.number(entry.metrics.get(key)), right=True) for key in keys),
                Cell(age if there else f"{age}, not in git yet"),
            ]
        )
    return _lines(columns(rows, Paint(colour)))


def tensors_table(tensors: Sequence[TensorInfo], *, colour: bool) -> str:
    """What a checkpoint holds, by name, with its sum."""
    rows = [
        (
            Cell(text.one_line(tensor.name)),
            Cell(tensor.dtype, "dim"),
            Cell(_shape(tensor.shape)),
            Cell(text.byte_size(tensor.bytes), right=True),
        )
        for tensor in tensors
    ]
    total = sum(tensor.bytes for tensor in tensors)
    said = f"{text.plural(len(tensors), 'tensor')}, {text.byte_size(total)}\n"
    return _lines(columns(rows, Paint(colour))) + said


def checkpoint_diff_page(diff: CheckpointDiff, *, width: int | None, colour: bool) -> str:
    """The tensors that differ, those that changed most first, and what is common."""
    paint = Paint(colour)
    rows = [
        (
            Cell(_SIGNS[delta.status], _STYLES[delta.status]),
            Cell(_name(delta.name, width), _STYLES[delta.status]),
            Cell(_described(delta), "dim"),
            Cell(text.byte_size(delta.bytes), right=True),
            Cell(distance_words(delta), right=True),
        )
        for delta in sorted(diff.tensors, key=_by_distance)
    ]
    head = " → ".join(paint(text.one_line(name), "bold") for name in diff.names)
    return f"{head}\n" + _lines(columns(rows, paint)) + _lines(diff_summary(diff))


def diff_summary(diff: CheckpointDiff) -> list[str]:
    """The same in two lines of words."""
    total = diff.bytes[1]
    if not diff.tensors:
        return [f"No differences: all {text.plural(diff.same, 'tensor')} are equal bit for bit."]
    counts = [
        (sum(delta.status == status for delta in diff.tensors), word)
        for status, word in (
            (CHANGED, "changed"),
            (RESHAPED, "of another shape or type"),
            (ADDED, "added"),
            (REMOVED, "removed"),
        )
    ]
    said = ", ".join(f"{n:,} {word}" for n, word in counts if n)
    if diff.relative_l2 is not None:
        said += f"; the changed ones moved by {_relative(diff.relative_l2)} of their length"
    return [
        f"{said}; {diff.same:,} equal",
        f"{_share(diff.same_bytes, total)} of {text.byte_size(total)} is equal, "
        f"{_share(diff.shared_bytes, total)} is stored once for both",
    ]


def tensor_json(tensor: TensorInfo) -> dict[str, Any]:
    """A tensor for programs."""
    return {
        "name": tensor.name,
        "dtype": tensor.dtype,
        "shape": list(tensor.shape),
        "bytes": tensor.bytes,
        "oids": list(tensor.oids),
    }


def checkpoint_diff_json(diff: CheckpointDiff) -> dict[str, Any]:
    """A diff for programs; non-finite distances are strings."""
    return {
        "names": list(diff.names),
        "same": diff.same,
        "bytes": list(diff.bytes),
        "same_bytes": diff.same_bytes,
        "shared_bytes": diff.shared_bytes,
        "relative_l2": json_number(diff.relative_l2),
        "tensors": [
            {
                "name": delta.name,
                "status": delta.status,
                "relative_l2": json_number(delta.relative_l2),
                "old": tensor_json(delta.old) if delta.old else None,
                "new": tensor_json(delta.new) if delta.new else None,
            }
            for delta in diff.tensors
        ],
    }


def distance_words(delta: TensorDelta) -> str:
    """How far a tensor moved, in parts of its own length; or what became of it."""
    if delta.status != CHANGED:
        return delta.status
    return _relative(delta.relative_l2)


def _relative(distance: float | None) -> str:
    if distance is None:
        return "changed"
    if distance == float("inf"):
        return "from zero"
    return "NaN" if distance != distance else text.percent(100 * distance)


def _described(delta: TensorDelta) -> str:
    if delta.old is not None and delta.new is not None and delta.status == RESHAPED:
        return " → ".join(f"{t.dtype} {_shape(t.shape)}" for t in (delta.old, delta.new))
    tensor = delta.new or delta.old
    return f"{tensor.dtype} {_shape(tensor.shape)}" if tensor else ""


def _by_distance(delta: TensorDelta) -> tuple[bool, float, str]:
    distance = delta.relative_l2
    finite = distance is not None and distance == distance
    return finite, -distance if distance is not None and finite else 0.0, delta.name


def _share(part: int, whole: int) -> str:
    return text.percent(100 * part / whole) if whole else "0%"


def _shape(shape: Sequence[int]) -> str:
    return "\u00d7".join(map(str, shape)) or "scalar"


def _name(name: str, width: int | None) -> str:
    name = text.one_line(name)
    return name if width is None else fit(name, max(20, min(_NAME_CELLS, width - 45)))


def _lines(lines: Sequence[str]) -> str:
    return "".join(f"{line}\n" for line in lines)
