"""Two checkpoints compared tensor by tensor, in bounded memory and without torch."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from gitexp.schema.checkpoint import (
    ADDED,
    CHANGED,
    REMOVED,
    RESHAPED,
    CheckpointDiff,
    TensorDelta,
    TensorInfo,
)
from gitexp.schema.elements import is_numeric, to_float64
from gitexp.store.stored_checkpoint import StoredCheckpoint

_BLOCK_BYTES = 4 * 1024 * 1024


def diff_checkpoints(
    old: StoredCheckpoint, new: StoredCheckpoint, names: tuple[str, str]
) -> CheckpointDiff:
    """What a training did to each tensor.

    Tensors that lie in the same blob are equal and are not read.

    Args:
        old: the baseline.
        new: the other one.
        names: what they are called.

    Raises:
        CheckpointNotHere, MalformedCheckpoint: one of them cannot be read.
    """
    before = {tensor.name: tensor for tensor in old.tensors()}
    after = {tensor.name: tensor for tensor in new.tensors()}
    deltas: dict[str, TensorDelta] = {}
    maybe: list[tuple[TensorInfo, TensorInfo]] = []
    for name in sorted(before.keys() | after.keys()):
        a, b = before.get(name), after.get(name)
        if a is None or b is None:
            deltas[name] = TensorDelta(name, ADDED if a is None else REMOVED, a, b)
        elif (a.dtype, a.shape) != (b.dtype, b.shape):
            deltas[name] = TensorDelta(name, RESHAPED, a, b)
        elif a.oids != b.oids:
            maybe.append((a, b))
    total = _Distance()
    for a, b, distance in _measure(old, new, maybe):
        if distance.differs:
            deltas[a.name] = TensorDelta(
                a.name, CHANGED, a, b, distance.relative if is_numeric(a.dtype) else None
            )
            total.add(distance)
    shared = {oid for tensor in before.values() for oid in tensor.oids}
    same = [tensor for name, tensor in after.items() if name not in deltas]
    return CheckpointDiff(
        names=names,
        tensors=tuple(deltas[name] for name in sorted(deltas)),
        same=len(same),
        bytes=(_size(before.values()), _size(after.values())),
        same_bytes=_size(same),
        shared_bytes=_size(t for t in after.values() if shared.issuperset(t.oids)),
        relative_l2=total.relative if total.differs else None,
    )


class _Distance:
    """Sums of squares of a tensor and of what was added to it."""

    def __init__(self) -> None:
        self.differs = False
        self.old_squares = 0.0
        self.change_squares = 0.0

    @property
    def relative(self) -> float:
        """|new - old| / |old|; infinite if the old one was zero."""
        if self.old_squares == 0:
            return math.inf if self.change_squares else 0.0
        return math.sqrt(self.change_squares / self.old_squares)

    def add(self, other: _Distance) -> None:
        """Take in another tensor's sums."""
        self.differs = self.differs or other.differs
        self.old_squares += other.old_squares
        self.change_squares += other.change_squares

    def compare(self, old: memoryview, new: memoryview, dtype: str) -> None:
        """Take in the next elements."""
        self.differs = self.differs or bytes(old) != bytes(new)  # views compare byte by byte
        if is_numeric(dtype):
            import numpy

            a, b = to_float64(old, dtype), to_float64(new, dtype)
            with numpy.errstate(all="ignore"):  # inf - inf is NaN, and says so
                self.old_squares += float(a @ a)
                b -= a
                self.change_squares += float(b @ b)


def _measure(
    old: StoredCheckpoint, new: StoredCheckpoint, pairs: Sequence[tuple[TensorInfo, TensorInfo]]
) -> Iterator[tuple[TensorInfo, TensorInfo, _Distance]]:
    """Read and compare tensors of equal shape: large ones in blocks, the rest blob by blob."""
    together = Counter(oid for tensor in old.tensors() for oid in tensor.oids)
    by_blob: dict[Any, list[tuple[TensorInfo, TensorInfo]]] = {}
    for a, b in pairs:
        alone = all(together[oid] == 1 for oid in a.oids)
        by_blob.setdefault(a.name if alone else a.oids, []).append((a, b))
    for group in by_blob.values():
        if len(group) == 1:
            (a, b) = group[0]
            distance = _Distance()
            blocks = zip(_blocks(old, a), _blocks(new, b), strict=True)
            for left, right in blocks:
                distance.compare(left, right, a.dtype)
            yield a, b, distance
            continue
        names = [a.name for a, _ in group]
        left_data, right_data = _contents(old, names), _contents(new, names)
        for a, b in group:
            distance = _Distance()
            distance.compare(left_data[a.name], right_data[a.name], a.dtype)
            yield a, b, distance


def _blocks(checkpoint: StoredCheckpoint, tensor: TensorInfo) -> Iterator[memoryview]:
    """A tensor's bytes in blocks of one size, whatever parts it is stored in."""
    buffer = memoryview(bytearray(min(_BLOCK_BYTES, tensor.bytes)))
    filled = 0
    for _, _, length, blob in checkpoint.pieces([tensor.name]):
        while length:
            n = min(length, len(buffer) - filled)
            blob.read_into(buffer[filled : filled + n])
            filled, length = filled + n, length - n
            if filled == len(buffer):
                yield buffer
                filled = 0
    if filled:
        yield buffer[:filled]


def _contents(checkpoint: StoredCheckpoint, names: Sequence[str]) -> dict[str, memoryview]:
    """All bytes of some tensors, whose files are read once."""
    contents: dict[str, memoryview] = {}
    for tensor, offset, length, blob in checkpoint.pieces(names):
        if tensor.name not in contents:
            contents[tensor.name] = memoryview(bytearray(tensor.bytes))
        blob.read_into(contents[tensor.name][offset : offset + length])
    return contents


def _size(tensors: Any) -> int:
    return sum(tensor.bytes for tensor in tensors)
