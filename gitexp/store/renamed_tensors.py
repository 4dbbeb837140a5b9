"""Tensors of a file under the names that they have in a large checkpoint.

A shard's bytes begin with its tensors' names, so the same values under other names are another
blob. Which one is known without reading the checkpoint: its header tells the names, and the
values are ours.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from gitexp.schema.tensorfile import Header, TensorEntry
from gitexp.store.content import Content, FileRange
from gitexp.store.shards import SHARD_LIMIT_BYTES, Shard, lay_out
from gitexp.store.tensor_blobs import Oids, PlacedTensor


class Guess(NamedTuple):
    """Tensors of ours and the shards that they would be under a checkpoint's names."""

    tensors: frozenset[str]  # our names
    shards: dict[str, str]  # file → oid; a tensor in parts has several


def guess_shards(
    tensors: Sequence[PlacedTensor], header: Header, object_format: str, oids_of: Oids
) -> list[Guess]:
    """The shards of a checkpoint with this header, filled with tensors of the same shapes.

    Where several fit, the one whose name ends most alike is taken, and the one that has the same
    place among those of its shape.

    Args:
        tensors: those that are looked for.
        header: of the checkpoint.
        object_format: of the repository: "sha1" or "sha256".
        oids_of: which blobs stand for tensors there.

    Returns:
        Guesses for the tensors of the checkpoint, and the small ones of each module together, for
        which there are some that fit.
    """
    layout = lay_out(header, SHARD_LIMIT_BYTES)
    owners = {entry.name: entry for entry in header.tensors}
    for name, split in layout.split.items():
        owners.update(dict.fromkeys(split.parts, owners[name]))
    contents: dict[tuple[str, tuple[str, ...]], Content] = {}
    for fits in (_by_name(tensors, header), _by_place(tensors, header)):
        for shard in layout.shards:
            names = [owners[piece.name].name for piece in shard.pieces]
            if all(name in fits for name in names):
                ours = tuple(fits[name].name for name in names)
                contents.setdefault((shard.file, ours), _content(shard, owners, fits))
    oids = oids_of(list(contents.values()), object_format)
    # The parts of a tensor lie in shards of their own, which belong together.
    first = {shard.file: owners[shard.pieces[0].name].name for shard in layout.shards}
    wholes: dict[tuple[tuple[str, ...], str], dict[str, str]] = defaultdict(dict)
    for (file, ours), oid in zip(contents, oids, strict=True):
        wholes[ours, first[file]][file] = oid
    return [Guess(frozenset(ours), shards) for (ours, _), shards in wholes.items()]


def _content(
    shard: Shard, owners: Mapping[str, TensorEntry], fits: Mapping[str, PlacedTensor]
) -> Content:
    parts: list[bytes | FileRange] = [shard.prefix]
    for piece in shard.pieces:
        owner = owners[piece.name]
        place, inside = fits[owner.name].place, piece.begin - owner.begin
        parts.append(FileRange(place.path, place.offset + inside, piece.end - piece.begin))
    return Content("blob", tuple(parts))


def _by_name(tensors: Sequence[PlacedTensor], header: Header) -> dict[str, PlacedTensor]:
    return {
        entry.name: max(alike, key=lambda tensor: _likeness(tensor.name, entry.name))
        for entry, alike, _ in _alike(tensors, header)
    }


def _by_place(tensors: Sequence[PlacedTensor], header: Header) -> dict[str, PlacedTensor]:
    return {
        entry.name: alike[place]
        for entry, alike, place in _alike(tensors, header)
        if place < len(alike)
    }


def _alike(
    tensors: Sequence[PlacedTensor], header: Header
) -> Iterator[tuple[TensorEntry, list[PlacedTensor], int]]:
    """Each tensor of the checkpoint, ours of its type and shape, and its place among its own."""
    ours: dict[tuple[str, tuple[int, ...]], list[PlacedTensor]] = defaultdict(list)
    for tensor in tensors:
        ours[tensor.dtype, tensor.shape].append(tensor)
    places: dict[tuple[str, tuple[int, ...]], int] = defaultdict(int)
    for entry in header.tensors:
        shape = (entry.dtype, entry.shape)
        if alike := ours.get(shape):
            yield entry, alike, places[shape]
        places[shape] += 1


def _likeness(first: str, second: str) -> tuple[int, float]:
    """How many parts of two dotted names are equal from their ends; then the nearer length."""
    pairs = zip(reversed(first.split(".")), reversed(second.split(".")), strict=False)
    count = 0
    for one, other in pairs:
        if one != other:
            break
        count += 1
    return count, -math.fabs(len(first) - len(second))
