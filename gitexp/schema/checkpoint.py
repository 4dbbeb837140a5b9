"""What a stored checkpoint holds and how two of them differ: plain data for renderers."""

from __future__ import annotations

from dataclasses import dataclass

SAME, CHANGED, ADDED, REMOVED, RESHAPED = "same", "changed", "added", "removed", "reshaped"


@dataclass(frozen=True, slots=True)
class TensorInfo:
    """One stored tensor."""

    name: str
    dtype: str  # safetensors' name: "F32", "BF16", …
    shape: tuple[int, ...]
    bytes: int
    oids: tuple[str, ...]  # of the blobs that it lies in


@dataclass(frozen=True, slots=True)
class TensorDelta:
    """A tensor that two checkpoints do not share."""

    name: str
    status: str  # CHANGED, ADDED, REMOVED or RESHAPED (another shape or dtype)
    old: TensorInfo | None
    new: TensorInfo | None
    # |new - old| / |old| with the Euclidean norm over all elements; None: nothing to compare.
    relative_l2: float | None = None

    @property
    def bytes(self) -> int:
        """Size of the newer one, or of the one that was removed."""
        tensor = self.new or self.old
        return 0 if tensor is None else tensor.bytes


@dataclass(frozen=True, slots=True)
class CheckpointDiff:
    """Two checkpoints, tensor by tensor."""

    names: tuple[str, str]
    tensors: tuple[TensorDelta, ...]  # those that differ, by name
    same: int  # tensors that are equal bit for bit
    bytes: tuple[int, int]  # of all tensors of each
    same_bytes: int  # of the tensors that are equal
    shared_bytes: int  # of the newer one's files that are stored once for both
    # |new - old| / |old| over all tensors that both have in one shape; None: there are none.
    relative_l2: float | None
