"""Which blobs the tensors of a file would be, were it stored: found without storing it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gitexp.schema.tensorfile import (
    DTYPE_BITS,
    SUFFIX,
    Header,
    TensorEntry,
    parse_header,
    read_header,
)
from gitexp.store.content import (
    Content,
    FileRange,
    digest_content,
    hash_contents,
    thread_count,
)
from gitexp.store.lfs import Pointer
from gitexp.store.shards import SHARD_LIMIT_BYTES, lay_out, parse_index

TensorKey = tuple[str, tuple[int, ...], str]  # dtype, shape, SHA-256 of the data


@dataclass(frozen=True, slots=True)
class TensorBlobs:
    """A tensor of a file."""

    name: str
    bytes: int
    oids: frozenset[str]  # of the shards that hold it in a large checkpoint
    key: TensorKey  # its content, whatever its name


@dataclass(frozen=True, slots=True)
class PlacedTensor:
    """A tensor, and where its bytes are."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    place: FileRange


@dataclass(frozen=True, slots=True)
class FileBlobs:
    """The tensors of a file or of a folder of shards."""

    tensors: tuple[TensorBlobs, ...]
    whole: str | None  # oid of the file as it is; None: a folder of several
    placed: tuple[PlacedTensor, ...]  # the same tensors, in the same order

    @property
    def bytes(self) -> int:
        """Size of all tensors."""
        return sum(tensor.bytes for tensor in self.tensors)


def git_oids(contents: Sequence[Content], object_format: str) -> list[str]:
    """The blobs that contents are where tensors go into git."""
    return hash_contents(contents, object_format)


def pointer_oids(contents: Sequence[Content], object_format: str) -> list[str]:
    """The blobs that stand for contents where tensors go to git-lfs: their pointers."""

    def pointer(content: Content) -> Content:
        found = Pointer(digest_content(content, hashlib.sha256()), content.size)
        return Content("blob", (found.encode(),))

    with ThreadPoolExecutor(thread_count(len(contents))) as pool:
        return hash_contents(list(pool.map(pointer, contents)), object_format)


Oids = Callable[[Sequence[Content], str], list[str]]  # git_oids or pointer_oids


def file_blobs(path: Path, object_format: str, oids_of: Oids = git_oids) -> FileBlobs:
    """Hash a .safetensors file, or a folder of them as loaders of Hugging Face take it.

    Args:
        path: the file or the folder.
        object_format: of the repository: "sha1" or "sha256".
        oids_of: which blobs stand for the tensors.

    Raises:
        ValueError: it is no safetensors file, or two shards have a tensor of the same name.
        OSError: it cannot be read.
    """
    files = _files_of_folder(path) if path.is_dir() else [path]
    if not files:
        raise ValueError(f"{path} holds no {SUFFIX} file")
    entries: list[TensorEntry] = []
    places: list[FileRange] = []
    at = 0
    for file in files:
        header = _header(file)
        for tensor in header.tensors:
            # As if all were one file: where each begins there, and where it lies.
            entries.append(
                TensorEntry(tensor.name, tensor.dtype, tensor.shape, at, at + tensor.bytes)
            )
            places.append(FileRange(file, header.data_start + tensor.begin, tensor.bytes))
            at += tensor.bytes
    if len({entry.name for entry in entries}) < len(entries):
        raise ValueError(f"{path} has two tensors of the same name")
    contents, holds = _shards(entries, places)
    oids: dict[str, set[str]] = {entry.name: set() for entry in entries}
    for oid, names in zip(oids_of(contents, object_format), holds, strict=True):
        for name in names:
            oids[name].add(oid)
    keys = hash_contents([Content("blob", (place,)) for place in places], "sha256")
    whole = None
    if len(files) == 1:
        content = Content("blob", (FileRange(files[0], 0, files[0].stat().st_size),))
        (whole,) = oids_of([content], object_format)
    return FileBlobs(
        tuple(
            TensorBlobs(e.name, e.bytes, frozenset(oids[e.name]), (e.dtype, e.shape, key))
            for e, key in zip(entries, keys, strict=True)
        ),
        whole,
        tuple(
            PlacedTensor(e.name, e.dtype, e.shape, place)
            for e, place in zip(entries, places, strict=True)
        ),
    )


def _files_of_folder(folder: Path) -> list[Path]:
    """Those that its index names, if it has one; else all."""
    indexes = list(folder.glob(f"*{SUFFIX}.index.json"))
    if len(indexes) != 1:
        return sorted(folder.glob(f"*{SUFFIX}"))
    names = set(parse_index(indexes[0].read_bytes()).files.values())
    wrong = [name for name in names if not name.endswith(SUFFIX) or Path(name).name != name]
    if wrong:
        raise ValueError(f"{indexes[0]} names {wrong[0]!r}, which is no {SUFFIX} file beside it")
    return sorted(folder / name for name in names)


def content_keys(data: bytes) -> set[TensorKey]:
    """The contents of the tensors in a safetensors file that is in memory.

    Raises:
        ValueError: it is none.
    """
    length = int.from_bytes(data[:8], "little")
    header = parse_header(data[8 : 8 + length])
    view = memoryview(data)[header.data_start :]
    if len(view) < header.data_bytes:
        raise ValueError("it is shorter than its header says")
    return {
        (tensor.dtype, tensor.shape, _blob_digest(view[tensor.begin : tensor.end]))
        for tensor in header.tensors
    }


def telling_tensors(data: bytes) -> dict[str, tuple[object, int]]:
    """Name → content and size of the tensors in a safetensors file that hold more than one value.

    Raises:
        ValueError: it is none.
    """
    length = int.from_bytes(data[:8], "little")
    header = parse_header(data[8 : 8 + length])
    found: dict[str, tuple[object, int]] = {}
    for tensor in header.tensors:
        begin = header.data_start + tensor.begin
        raw = data[begin : begin + tensor.bytes]
        item = max(1, DTYPE_BITS[tensor.dtype] // 8)
        if raw != raw[:item] * (len(raw) // item):
            found[tensor.name] = ((tensor.dtype, tensor.shape, raw), tensor.bytes)
    return found


def _blob_digest(data: memoryview) -> str:
    # As `hash_contents` does it, so that both can be compared.
    digest = hashlib.sha256(b"blob %d\0" % len(data))
    digest.update(data)
    return digest.hexdigest()


def _header(file: Path) -> Header:
    size = file.stat().st_size
    try:
        with file.open("rb") as opened:
            return read_header(opened, size)
    except ValueError as error:
        raise ValueError(f"{file}: {error}") from error


def _shards(
    entries: Sequence[TensorEntry], places: Sequence[FileRange]
) -> tuple[list[Content], list[set[str]]]:
    """The shards of a large checkpoint of these tensors, and which tensors lie in each.

    The layout depends on names, types and shapes alone.
    """
    layout = lay_out(Header(b"", tuple(entries)), SHARD_LIMIT_BYTES)
    # A part has a name of its own.
    owner = {entry.name: index for index, entry in enumerate(entries)}
    for name, split in layout.split.items():
        owner.update(dict.fromkeys(split.parts, owner[name]))
    contents: list[Content] = []
    holds: list[set[str]] = []
    for shard in layout.shards:
        parts: list[bytes | FileRange] = [shard.prefix]
        names = set()
        for piece in shard.pieces:
            index = owner[piece.name]
            place, inside = places[index], piece.begin - entries[index].begin
            parts.append(FileRange(place.path, place.offset + inside, piece.end - piece.begin))
            names.add(entries[index].name)
        contents.append(Content("blob", tuple(parts)))
        holds.append(names)
    return contents, holds
