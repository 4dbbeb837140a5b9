"""A checkpoint's files as streams, wherever their contents are: in git, or in git-lfs' store."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from gitexp.errors import LfsProblem
from gitexp.store import lfs
from gitexp.store.blobs import BlobReader, Stream
from gitexp.store.lfs import POINTER_LIMIT_BYTES, Pointer, parse_pointer
from gitexp.store.lfs_fetch import fetch_objects
from gitexp.store.lfs_objects import restore
from gitexp.store.repository import Repository


class BytesStream(Stream):
    """A content that is in memory."""

    def __init__(self, content: bytes) -> None:
        super().__init__(len(content))
        self._content = content

    def _fill(self, buffer: memoryview) -> None:
        at = self.size - self.rest
        buffer[:] = self._content[at : at + len(buffer)]


class FileStream(Stream):
    """A file of git-lfs' store."""

    def __init__(self, descriptor: int, size: int) -> None:
        super().__init__(size)
        self._descriptor = descriptor

    def skip(self, n: int) -> None:
        """Pass over the next n bytes."""
        if n > self.rest:
            raise ValueError(f"it ends after {self.size} bytes")
        os.lseek(self._descriptor, n, os.SEEK_CUR)
        self.rest -= n

    def _fill(self, buffer: memoryview) -> None:
        while buffer:
            n = os.readv(self._descriptor, [buffer])
            if n == 0:
                raise ValueError("its git-lfs object is shorter than it should be")
            buffer = buffer[n:]


def stream_files(
    repo: Repository, blobs: BlobReader, tree: str, files: Mapping[str, str]
) -> Iterator[tuple[str, Stream]]:
    """Some files of a checkpoint, each in turn; a stream is good until the next one is asked for.

    Objects of git-lfs that are not here are fetched, all together.

    Args:
        repo: where.
        blobs: reads what is in git.
        tree: of the checkpoint.
        files: name by oid of the blob.

    Yields:
        The blob's oid, and the content.

    Raises:
        CheckpointNotHere: a blob is not in the repository.
        LfsProblem: a git-lfs object is not here, and could not be fetched.
    """
    rest = dict(files)
    fetched = False
    for oid, blob in blobs.stream(list(files)):
        if blob.size > POINTER_LIMIT_BYTES:
            yield oid, blob
        else:
            content = blob.read(blob.size)
            pointer = parse_pointer(content)
            if pointer is None:
                yield oid, BytesStream(content)
            else:
                if not (_is_here(repo, pointer) or fetched):
                    fetch_objects(repo, tree, list(rest.values()))
                    fetched = True
                yield from _stream_object(repo, oid, pointer)
        del rest[oid]


def _is_here(repo: Repository, pointer: Pointer) -> bool:
    return lfs.is_here(repo, pointer) or restore(repo, pointer)


def _stream_object(repo: Repository, oid: str, pointer: Pointer) -> Iterator[tuple[str, Stream]]:
    try:
        descriptor = os.open(lfs.object_path(repo, pointer), os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise LfsProblem(f"a git-lfs object of the checkpoint is not here: {error}") from error
    try:
        yield oid, FileStream(descriptor, pointer.size)
    finally:
        os.close(descriptor)
