"""Which tensors share memory, and what is stored so that they do again.

Tensors that overlap (tied weights, w and w.t()) are stored once. If one of them covers the
others, they refer to its name; else their common memory is stored as one more tensor. Parts of
one buffer that do not overlap are stored each for itself, as the safetensors library does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitexp.schema.state.leaves import Leaf, TensorNames


def place(leaves: Sequence[Leaf], names: TensorNames) -> dict[str, Any]:
    """Decide what is stored, and say so in the leaves' nodes.

    Returns:
        What is stored by name: contiguous, no two sharing memory, in the order of the leaves.
    """
    stored: dict[str, Any] = {}
    for group in _overlapping(leaves):
        first = group[0]
        # An expanded tensor has more elements than memory: its memory is what is stored.
        if len(group) == 1 and first.array.nbytes <= first.stop - first.start:
            stored[first.name] = _row_major(first)
            first.node["key"] = first.name
            if not first.contiguous and is_dense(first.shape, first.strides):
                first.node["stride"] = list(first.strides)
        else:
            _place_together(group, names, stored)
    order = {item.node["key"]: i for i, item in enumerate(leaves)}
    return dict(sorted(stored.items(), key=lambda pair: order[pair[0]]))


def is_dense(shape: Sequence[int], strides: Sequence[int]) -> bool:
    """Whether the axes are permuted at most: no gaps, no overlaps (strides in elements)."""
    axes = sorted((s, n) for n, s in zip(shape, strides, strict=True) if n != 1)
    expected = 1
    for stride, size in axes:
        if stride != expected:
            return False
        expected *= size
    return True


def _overlapping(leaves: Sequence[Leaf]) -> list[list[Leaf]]:
    """Leaves in groups that share memory, each in the order in which the leaves come."""
    order = range(len(leaves))
    by_address = sorted((item.space, item.start, n) for n, item in zip(order, leaves, strict=True))
    groups: list[list[int]] = []
    space, stop = "", 0
    for item_space, start, n in by_address:
        item = leaves[n]
        if start == item.stop:
            # An empty one shares nothing, and must not come between two that do.
            groups.insert(0, [n])
        elif start < stop and item_space == space:
            groups[-1].append(n)
            stop = max(stop, item.stop)
        else:
            groups.append([n])
            space, stop = item_space, item.stop
    return [[leaves[n] for n in sorted(group)] for group in groups]


def _place_together(group: list[Leaf], names: TensorNames, stored: dict[str, Any]) -> None:
    start = min(item.start for item in group)
    stop = max(item.stop for item in group)
    if not group[0].is_numpy:
        # torch counts a view's offset in its own elements, from where the memory begins.
        memory = group[0].array.untyped_storage().data_ptr()
        start -= (start - memory) % max(item.itemsize for item in group)
    cover = next(
        (item for item in group if (item.start, item.stop) == (start, stop) and item.contiguous),
        None,
    )
    if cover is not None:
        key, stored[cover.name] = cover.name, cover.array
    else:
        key = names.new(f"{group[0].name}~memory")
        stored[key] = _memory(group, start, stop)
    for item in group:
        item.node["key"] = key
        if item.name != key:
            item.node["name"] = item.name
        if cover is None or not _same_layout(item, cover):
            item.node["view"] = {
                "dtype": item.dtype,
                "shape": list(item.shape),
                "stride": list(item.strides),
                "offset": item.first_element - start,
            }


def _row_major(item: Leaf) -> Any:
    if item.contiguous:
        return item.array
    return item.array.copy("C") if item.is_numpy else item.array.contiguous()


def _memory(group: list[Leaf], start: int, stop: int) -> Any:
    """The memory from start to stop as one flat tensor, of the group's dtype if it has one."""
    first = group[0].array
    one_dtype = len({item.dtype for item in group}) == 1
    itemsize = group[0].itemsize if one_dtype and (stop - start) % group[0].itemsize == 0 else 1
    length = (stop - start) // itemsize
    if group[0].is_numpy:
        import ctypes

        import numpy

        dtype = first.dtype if itemsize > 1 else numpy.uint8
        raw = (ctypes.c_ubyte * (stop - start)).from_address(start)
        # A copy: the arrays may be gone when this is written.
        return numpy.frombuffer(raw, dtype).copy()
    import torch

    storage = first.untyped_storage()
    flat = torch.empty(0, dtype=first.dtype if itemsize > 1 else torch.uint8, device=first.device)
    return flat.set_(storage, (start - storage.data_ptr()) // itemsize, (length,), (1,))


def _same_layout(a: Leaf, b: Leaf) -> bool:
    return (a.start, a.shape, a.strides, a.dtype) == (b.start, b.shape, b.strides, b.dtype)
