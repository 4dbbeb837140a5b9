"""A checkpoint in git, read back: single tensors, the object that was saved, or a plain file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from gitexp.errors import CheckpointNotHere, MalformedCheckpoint
from gitexp.schema.checkpoint import TensorInfo
from gitexp.schema.names import SKELETON
from gitexp.schema.state import arrays
from gitexp.schema.state.selection import array_nodes, check_known, load_state
from gitexp.schema.tensorfile import (
    LENGTH_BYTES,
    Header,
    TensorEntry,
    header_length,
    parse_header,
)
from gitexp.store.blobs import BlobReader, Stream
from gitexp.store.closing import Closing
from gitexp.store.objects import EXECUTABLE, FILE, decode_tree
from gitexp.store.reader import missing_objects
from gitexp.store.repository import Repository
from gitexp.store.shard_reader import stream_files
from gitexp.store.shards import HEADER, INDEX, SINGLE, Index, Split, parse_index

_CHUNK_BYTES = 1 << 20


class StoredCheckpoint(Closing):
    """Opens the tree under checkpoints/<label>; reads tensors only when they are asked for.

    A context manager: the git process that it reads through ends with it. Not for use by several
    threads at once. What is read may come from a stranger: everything is checked, nothing is
    unpickled.

    Args:
        repo: where it is.
        tree: oid of the tree.

    Every method raises:
        CheckpointNotHere: files of it are not in the repository, and could not be fetched.
        LfsProblem: the same of what is in git-lfs.
        MalformedCheckpoint: it is not what it should be.
    """

    def __init__(self, repo: Repository, tree: str) -> None:
        self.tree = tree
        self._repo = repo
        self._blobs = BlobReader(repo)

    def close(self) -> None:
        """End the git process."""
        self._blobs.close()

    @cached_property
    def files(self) -> dict[str, str]:
        """The oid of each file in the tree."""
        entries = decode_tree(self._blobs.read(self.tree), self._repo.object_format)
        return {name: oid for name, (mode, oid) in entries.items() if mode in (FILE, EXECUTABLE)}

    @cached_property
    def header(self) -> Header:
        """The header of the plain file that the checkpoint is."""
        file = SINGLE if SINGLE in self.files else HEADER
        try:
            if file == HEADER:
                return parse_header(self._blobs.read(self._oid(HEADER)))
            header = None
            for _, blob in self._stream({self._oid(SINGLE): SINGLE}):
                header = _read_header(blob)
            assert header is not None
            return header
        except ValueError as error:
            raise MalformedCheckpoint(file, str(error)) from error

    @cached_property
    def skeleton(self) -> dict[str, Any] | None:
        """What is no tensor (schema/state); None: a file that somebody else wrote."""
        if SKELETON not in self.files:
            return None
        try:
            skeleton = json.loads(self._blobs.read(self._oid(SKELETON)))
        except (ValueError, RecursionError) as error:
            raise MalformedCheckpoint(SKELETON, str(error)) from error
        if not isinstance(skeleton, dict):
            raise MalformedCheckpoint(SKELETON, "it is not an object")
        return skeleton

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all tensors, tied ones too."""
        return tuple(array_nodes(self.skeleton, self.header))

    @property
    def bytes(self) -> int:
        """Size of the plain file."""
        return self.header.data_start + self.header.data_bytes

    def tensors(self) -> list[TensorInfo]:
        """What is stored, by name."""
        infos = []
        for tensor in sorted(self.header.tensors, key=lambda tensor: tensor.name):
            oids = tuple(self._oid(self._file_of(piece)) for piece in self._pieces_of(tensor.name))
            infos.append(TensorInfo(tensor.name, tensor.dtype, tensor.shape, tensor.bytes, oids))
        return infos

    def tensor(self, name: str, device: Any = None) -> Any:
        """One tensor or array.

        Raises:
            TensorNotFound: there is none of that name.
        """
        return self.load([name], device)[name]

    def load(self, names: Sequence[str] | None = None, device: Any = None) -> Any:
        """The object that was saved, or some of its tensors.

        Args:
            names: only these, given as names or globs (`model.layer1.*`).
            device: where torch tensors are put; None: the CPU.

        Returns:
            The object; with `names` a dict of tensors by name; for a file that somebody else
            wrote a dict of all its tensors, torch's where it is installed, else numpy's.

        Raises:
            TensorNotFound: a name fits none.
            GitexpError: torch is needed, and it is not installed.
        """

        def read(wanted: Mapping[str, str]) -> dict[str, Any]:
            return self._read(wanted, device)

        return load_state(self.skeleton, self.header, read, names)

    def stream_to(self, path: Path) -> None:
        """Write the plain .safetensors file, byte for byte what was stored.

        It is written beside `path` and takes its place when it is whole.

        Raises:
            OSError: it cannot be written.
        """
        temporary = path.with_name(f".{path.name}.{os.urandom(4).hex()}")
        try:
            with temporary.open("xb") as file:
                file.write(self.header.prefix)
                buffer = memoryview(bytearray(_CHUNK_BYTES))
                for tensor, offset, length, blob in self.pieces():
                    file.seek(self.header.data_start + tensor.begin + offset)
                    for chunk in chunks(blob, length, buffer):
                        file.write(chunk)
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)

    def pieces(
        self, wanted: Sequence[str] | None = None
    ) -> Iterator[tuple[TensorEntry, int, int, Stream]]:
        """The data of stored tensors as it comes from git, each file read once.

        Args:
            wanted: names of stored tensors; None: all.

        Yields:
            The tensor, where in it the next bytes belong, how many they are, and the stream that
            they can be read from until the next step.
        """
        by_name = {tensor.name: tensor for tensor in self.header.tensors}
        done = dict.fromkeys(by_name if wanted is None else wanted, 0)
        by_oid: dict[str, dict[str, TensorEntry]] = {}
        last: dict[str, str] = {}  # the blob in which a tensor ends
        check_known(list(done), by_name)
        for name in done:
            for part in self._pieces_of(name):
                oid = last[name] = self._oid(self._file_of(part))
                by_oid.setdefault(oid, {})[part] = by_name[name]
        file_of = {oid: file for file, oid in self.files.items()}
        file = INDEX
        try:
            for oid, blob in self._stream({oid: file_of[oid] for oid in by_oid}):
                file = file_of[oid]
                for piece in _read_header(blob).tensors:
                    stop = blob.rest - piece.bytes
                    tensor = by_oid[oid].get(piece.name)
                    if tensor is not None:
                        offset = done[tensor.name]
                        done[tensor.name] += piece.bytes
                        if done[tensor.name] > tensor.bytes:
                            raise ValueError(f"{tensor.name!r} is larger than it should be")
                        yield tensor, offset, piece.bytes, blob
                    blob.skip(blob.rest - stop)
                for name in {tensor.name: None for tensor in by_oid[oid].values()}:
                    if done[name] < by_name[name].bytes and oid == last[name]:
                        raise ValueError(f"{name!r} is smaller than it should be")
        except CheckpointNotHere:
            raise CheckpointNotHere(len(missing_objects(self._repo, by_oid)) or 1) from None
        except ValueError as error:
            raise MalformedCheckpoint(file, str(error)) from error

    def _stream(self, files: Mapping[str, str]) -> Iterator[tuple[str, Stream]]:
        """Files by oid of their blob: (oid, content)."""
        return stream_files(self._repo, self._blobs, self.tree, files)

    def _read(self, wanted: Mapping[str, str], device: Any) -> dict[str, Any]:
        """Stored tensors by name, each in memory of its own."""
        done: dict[str, Any] = {}
        views: dict[str, memoryview] = {}
        for tensor, offset, length, blob in self.pieces(list(wanted)):
            if tensor.name not in views:
                done[tensor.name], views[tensor.name] = arrays.empty(
                    tensor.dtype, tensor.shape, wanted[tensor.name]
                )
            blob.read_into(views[tensor.name][offset : offset + length])
            if offset + length == tensor.bytes:
                del views[tensor.name]
                if device is not None and wanted[tensor.name] == arrays.TORCH:
                    done[tensor.name] = done[tensor.name].to(device)
        return done

    @cached_property
    def _index(self) -> Index | None:
        if SINGLE in self.files:
            return None
        try:
            return parse_index(self._blobs.read(self._oid(INDEX)))
        except ValueError as error:
            raise MalformedCheckpoint(INDEX, str(error)) from error

    def _pieces_of(self, tensor: str) -> Sequence[str]:
        split: dict[str, Split] = self._index.split if self._index is not None else {}
        return split[tensor].parts if tensor in split else (tensor,)

    def _file_of(self, piece: str) -> str:
        if self._index is None:
            return SINGLE
        file = self._index.files.get(piece)
        if file is None:
            raise MalformedCheckpoint(INDEX, f"it does not say where {piece!r} is")
        return file

    def _oid(self, file: str) -> str:
        oid = self.files.get(file)
        if oid is None:
            raise MalformedCheckpoint(file, "there is no such file")
        return oid


def chunks(blob: Stream, length: int, buffer: memoryview) -> Iterator[memoryview]:
    """The next bytes of a stream in pieces; each is overwritten by the next one."""
    while length > 0:
        chunk = buffer[: min(length, len(buffer))]
        blob.read_into(chunk)
        yield chunk
        length -= len(chunk)


def _read_header(blob: Stream) -> Header:
    prefix = blob.read(LENGTH_BYTES)
    header = parse_header(blob.read(header_length(prefix)))
    if header.data_start + header.data_bytes != blob.size:
        raise ValueError(f"its header does not fit its {blob.size} bytes")
    return header
