"""A stored checkpoint as a folder that Hugging Face's loaders read, or as a stream of bytes."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import BinaryIO

from gitexp.schema.tensorfile import encode_prefix
from gitexp.store.shards import (
    INDEX,
    SHARD_METADATA,
    SINGLE,
    SINGLE_LIMIT_BYTES,
    lay_out,
)
from gitexp.store.stored_checkpoint import StoredCheckpoint, chunks

_CHUNK_BYTES = 1 << 20
# Loaders know nothing of tensors in parts, so here each is whole.
_NO_LIMIT = 1 << 62


def write_sharded(checkpoint: StoredCheckpoint, folder: Path) -> int:
    """Write `model.safetensors.index.json` and its shards; a small checkpoint is one file.

    Names of files come from the tensors' names and never lead out of the folder. The folder is
    filled beside its place and moved there when it is whole.

    Args:
        checkpoint: what to write.
        folder: must be empty or not there; the folders above it are made.

    Returns:
        How many files were written.

    Raises:
        OSError: it cannot be written, or the folder is not empty.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = folder.with_name(f".{folder.name}.{os.urandom(4).hex()}")
    temporary.mkdir()
    try:
        if checkpoint.bytes <= SINGLE_LIMIT_BYTES:
            checkpoint.stream_to(temporary / SINGLE)
        else:
            _write_shards(checkpoint, temporary)
        count = len(os.listdir(temporary))
        if folder.exists():
            folder.rmdir()
        temporary.rename(folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    return count


def copy_plain(checkpoint: StoredCheckpoint, file: BinaryIO) -> None:
    """Write the plain file to what cannot be seeked in: stdout, a pipe.

    It is laid out in a temporary file first, since git gives the tensors in an order of its own.

    Raises:
        OSError: it cannot be written.
    """
    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / SINGLE
        checkpoint.stream_to(plain)
        with plain.open("rb") as source:
            shutil.copyfileobj(source, file, _CHUNK_BYTES)
        file.flush()


def _write_shards(checkpoint: StoredCheckpoint, folder: Path) -> None:
    header = checkpoint.header
    layout = lay_out(header, _NO_LIMIT)
    metadata = {**SHARD_METADATA, **header.metadata}
    places: dict[str, tuple[Path, int]] = {}
    for shard in layout.shards:
        prefix = encode_prefix(((p.name, p.dtype, p.shape) for p in shard.pieces), metadata)
        (folder / shard.file).write_bytes(prefix)
        at = len(prefix)
        for piece in shard.pieces:
            places[piece.name] = folder / shard.file, at
            at += piece.end - piece.begin
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    for tensor, offset, length, blob in checkpoint.pieces():
        path, start = places[tensor.name]
        with path.open("r+b") as file:
            file.seek(start + offset)
            for chunk in chunks(blob, length, buffer):
                file.write(chunk)
    (folder / INDEX).write_bytes(layout.index(header.data_bytes))
