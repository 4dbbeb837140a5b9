"""How a checkpoint's tensors are laid out as files, so that what did not change is stored once.

Up to 16 MiB it is one file, `model.safetensors`, just as it came. A larger one follows the
sharded convention of Hugging Face: an index and one file for each tensor of 1 MiB or more, one
for the smaller ones of each parent module, and several for a tensor above 45 MiB (GitHub warns of
files above 50 MB), cut along its first axis.

    model.safetensors.index.json
        {"metadata": {"total_size": bytes of all tensors},
         "weight_map": {tensor: file},
         "split": {tensor: {"dtype": "F32", "shape": [50257, 768], "parts": [tensor, …]}}}
    <tensor or module>.safetensors
        each a safetensors file of its own, whose bytes depend on nothing but its tensors
    header.json
        the header of the file that this came from, byte for byte: with it the shards become that
        file again

The parts of a split tensor stand in the weight map under names of their own; their bytes one
after the other are the tensor. All this is a function of the header alone, so two checkpoints of
one model have the same files, and those with the same content are the same blob.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from gitexp.schema.tensorfile import (
    DTYPE_BITS,
    SUFFIX,
    Header,
    TensorEntry,
    encode_prefix,
    tensor_bytes,
)

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
HEADER = "header.json"

SINGLE_LIMIT_BYTES = 16 * 1024 * 1024
OWN_SHARD_BYTES = 1024 * 1024
SHARD_LIMIT_BYTES = 45 * 1024 * 1024

# Loaders want to know whose conventions the tensors follow; "pt" is what all of them take.
SHARD_METADATA = {"format": "pt"}

_MAX_STEM = 150


@dataclass(frozen=True, slots=True)
class Piece:
    """A tensor or a part of one, as a shard holds it; begin and end as in the whole file."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    begin: int
    end: int


@dataclass(frozen=True, slots=True)
class Shard:
    """A file of the checkpoint: its header and which ranges of the whole file's data follow."""

    file: str
    pieces: tuple[Piece, ...]

    @property
    def prefix(self) -> bytes:
        """What stands before the data."""
        return encode_prefix(((p.name, p.dtype, p.shape) for p in self.pieces), SHARD_METADATA)


@dataclass(frozen=True, slots=True)
class Split:
    """A tensor that is stored in parts."""

    dtype: str
    shape: tuple[int, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Layout:
    """The files of a large checkpoint."""

    shards: tuple[Shard, ...]
    split: dict[str, Split]

    def index(self, total_bytes: int) -> bytes:
        """The content of the index."""
        index: dict[str, Any] = {
            "metadata": {"total_size": total_bytes},
            "weight_map": {p.name: s.file for s in self.shards for p in s.pieces},
        }
        if self.split:
            index["split"] = {
                name: {"dtype": s.dtype, "shape": list(s.shape), "parts": list(s.parts)}
                for name, s in self.split.items()
            }
        return json.dumps(index, indent=2, sort_keys=True).encode() + b"\n"


@dataclass(frozen=True, slots=True)
class Index:
    """What the index of a stored checkpoint says, checked."""

    files: dict[str, str]  # by piece
    split: dict[str, Split]


def lay_out(header: Header, limit_bytes: int) -> Layout:
    """Which files a checkpoint with this header becomes.

    Args:
        header: of the whole file.
        limit_bytes: no shard's data is larger.
    """
    groups: list[tuple[str, list[Piece]]] = []
    small: dict[str, list[Piece]] = defaultdict(list)
    split: dict[str, Split] = {}
    taken = {tensor.name for tensor in header.tensors}
    for tensor in sorted(header.tensors, key=lambda tensor: tensor.name):
        if tensor.bytes > limit_bytes:
            parts = _cut(tensor, limit_bytes, taken)
            split[tensor.name] = Split(tensor.dtype, tensor.shape, tuple(p.name for p in parts))
            groups += [(part.name, [part]) for part in parts]
            continue
        piece = Piece(tensor.name, tensor.dtype, tensor.shape, tensor.begin, tensor.end)
        if tensor.bytes >= OWN_SHARD_BYTES:
            groups.append((tensor.name, [piece]))
        else:
            small[tensor.name.rpartition(".")[0]].append(piece)
    for module, pieces in small.items():
        groups += _fill(module or "root", pieces, limit_bytes)
    files = _file_names([title for title, _ in groups])
    shards = (Shard(file, tuple(pieces)) for file, (_, pieces) in zip(files, groups, strict=True))
    return Layout(tuple(sorted(shards, key=lambda shard: shard.file)), split)


def is_shard(file: str) -> bool:
    """Whether a file of a checkpoint holds tensors."""
    return file.endswith(SUFFIX)


def parse_index(raw: bytes) -> Index:
    """Read an index.

    Raises:
        ValueError: it is not of that form.
    """
    try:
        data = json.loads(raw)
        files = {str(name): str(file) for name, file in data["weight_map"].items()}
        split = {
            str(name): Split(s["dtype"], tuple(s["shape"]), tuple(map(str, s["parts"])))
            for name, s in data.get("split", {}).items()
        }
        for item in split.values():
            tensor_bytes(item.dtype, item.shape)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"{INDEX} is malformed: {error}") from error
    return Index(files, split)


def _cut(tensor: TensorEntry, limit_bytes: int, taken: set[str]) -> list[Piece]:
    """Parts of nearly equal size: some rows each, or flat elements where one row is too large.

    What does not fill whole bytes (4- and 6-bit floats) is cut as bytes.
    """
    dtype, (rows, *row_shape) = tensor.dtype, tensor.shape
    if rows == 0 or tensor.bytes // rows > limit_bytes or DTYPE_BITS[dtype] % 8:
        dtype = dtype if DTYPE_BITS[dtype] % 8 == 0 else "U8"
        rows, row_shape = tensor.bytes * 8 // DTYPE_BITS[dtype], []
    row_bytes = tensor.bytes // rows
    rows_each = limit_bytes // row_bytes
    count = -(-rows // rows_each)
    parts = []
    for i in range(count):
        first, last = rows * i // count, rows * (i + 1) // count
        name = _free(f"{tensor.name}.part-{i + 1}-of-{count}", taken)
        begin, end = tensor.begin + first * row_bytes, tensor.begin + last * row_bytes
        parts.append(Piece(name, dtype, (last - first, *row_shape), begin, end))
    return parts


def _fill(
    module: str, pieces: Sequence[Piece], limit_bytes: int
) -> Iterator[tuple[str, list[Piece]]]:
    """The small tensors of a module, in more than one file where they are very many."""
    # Order by dtype size keeps each tensor's data aligned, as the library does.
    ordered = sorted(pieces, key=lambda p: (-DTYPE_BITS[p.dtype], p.name))
    number, size, group = 1, 0, list[Piece]()
    for piece in ordered:
        if group and size + piece.end - piece.begin > limit_bytes:
            yield (module if number == 1 else f"{module}-{number}"), group
            number, size, group = number + 1, 0, []
        group.append(piece)
        size += piece.end - piece.begin
    yield (module if number == 1 else f"{module}-{number}"), group


def _file_names(titles: Sequence[str]) -> list[str]:
    """A file's name for each title: readable, and different from all others on any file system."""
    stems = [_stem(title) for title in titles]
    count = Counter(stem.casefold() for stem in stems)
    count["model"] += 1  # model.safetensors is the name of a checkpoint in one file
    names: list[str] = []
    taken: set[str] = set()
    for title, stem in zip(titles, stems, strict=True):
        if stem != title or count[stem.casefold()] > 1:
            stem = f"{stem}-{hashlib.sha256(title.encode()).hexdigest()[:8]}"
        names.append(_free(stem, taken) + SUFFIX)
    return names


def _stem(title: str) -> str:
    stem = re.sub(r"[^A-Za-z0-9._-]+", "_", title)[:_MAX_STEM]
    return f"_{stem}" if stem[:1] in (".", "-", "") else stem


def _free(name: str, taken: set[str]) -> str:
    """The name, or the name with a number that makes it a new one; it is then taken."""
    free, n = name, 1
    while free in taken:
        n += 1
        free = f"{name}~{n}"
    taken.add(free)
    return free
