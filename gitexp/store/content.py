"""What an object consists of: bytes in memory and ranges of files, read in chunks and hashed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from gitexp.store.closing import Closing

_CHUNK_BYTES = 1 << 20
# hashlib runs without the interpreter's lock; more threads than this only wait for memory.
_MAX_THREADS = 8
_LARGE_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class FileRange:
    """Some bytes of a file that nobody changes meanwhile."""

    path: Path
    offset: int
    length: int


@dataclass(frozen=True, slots=True)
class Content:
    """The content of one git object, wherever its bytes are.

    Attributes:
        kind: "blob" or "tree".
        parts: one after the other.
    """

    kind: str
    parts: tuple[bytes | FileRange, ...]

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(len(p) if isinstance(p, bytes) else p.length for p in self.parts)


class ContentReader(Closing):
    """Reads a content from its start, straight into the caller's memory (context manager).

    Files are read and not mapped: a mapped file counts as the process's memory, and one that is
    cut short meanwhile kills it.
    """

    def __init__(self, content: Content) -> None:
        self._parts = list(reversed(content.parts))
        self._at = 0  # how much of the last part is read
        self._path: Path | None = None
        self._descriptor = -1

    def read_into(self, buffers: Sequence[memoryview]) -> None:
        """Fill all the buffers, in order.

        Raises:
            OSError: a file cannot be read, or is shorter than it was.
        """
        rest = [buffer for buffer in buffers if len(buffer)]
        while rest:
            part = self._parts[-1]
            length = len(part) if isinstance(part, bytes) else part.length
            if self._at == length:
                self._parts.pop()
                self._at = 0
                continue
            now = _first_bytes(rest, length - self._at)
            if isinstance(part, bytes):
                n = 0
                for buffer in now:
                    buffer[:] = part[self._at + n : self._at + n + len(buffer)]
                    n += len(buffer)
            else:
                n = os.readv(self._seek(part), now)
                if n == 0:
                    raise OSError(f"{part.path} is shorter than it was")
            self._at += n
            _drop_bytes(rest, n)

    def _seek(self, part: FileRange) -> int:
        if part.path != self._path:
            self.close()
            self._descriptor, self._path = os.open(part.path, os.O_RDONLY), part.path
        os.lseek(self._descriptor, part.offset + self._at, os.SEEK_SET)
        return self._descriptor

    def close(self) -> None:
        """Close the file that is being read."""
        if self._path is not None:
            os.close(self._descriptor)
            self._path = None


def hash_contents(contents: Sequence[Content], object_format: str) -> list[str]:
    """The oids that git would give them; large ones are hashed in several threads."""
    oids = [
        "" if content.size >= _LARGE_BYTES else hash_content(content, object_format)
        for content in contents
    ]
    # The largest first, so that no thread begins one when the others are done.
    large = sorted((i for i, oid in enumerate(oids) if not oid), key=lambda i: -contents[i].size)
    with ThreadPoolExecutor(thread_count(len(large))) as pool:
        hashed = pool.map(lambda i: hash_content(contents[i], object_format), large)
        for i, oid in zip(large, hashed, strict=True):
            oids[i] = oid
    return oids


def hash_content(content: Content, object_format: str) -> str:
    """The oid that git would give it."""
    header = b"%s %d\0" % (content.kind.encode(), content.size)
    return digest_content(content, hashlib.new(object_format, header))


def digest_content(content: Content, digest: hashlib._Hash) -> str:
    """The digest, in hex, when it has taken in all of a content."""
    size = content.size
    with ContentReader(content) as reader:
        buffer = memoryview(bytearray(min(size, _CHUNK_BYTES)))
        while size > 0:
            chunk = buffer[: min(size, _CHUNK_BYTES)]
            reader.read_into([chunk])
            digest.update(chunk)
            size -= len(chunk)
    return digest.hexdigest()


def read_content(content: Content) -> bytes:
    """All of it in memory."""
    buffer = bytearray(content.size)
    with ContentReader(content) as reader:
        reader.read_into([memoryview(buffer)])
    return bytes(buffer)


def thread_count(jobs: int) -> int:
    """In how many threads it pays to read and hash."""
    return max(1, min(_MAX_THREADS, _cpus(), jobs))


def _cpus() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _first_bytes(buffers: Sequence[memoryview], n: int) -> list[memoryview]:
    """The buffers that take the next n bytes, the last one cut."""
    taken = []
    for buffer in buffers:
        if n <= 0:
            break
        taken.append(buffer[:n])
        n -= len(buffer)
    return taken


def _drop_bytes(buffers: list[memoryview], n: int) -> None:
    """Forget the first n bytes of the buffers."""
    done = 0
    while done < len(buffers) and n >= len(buffers[done]):
        n -= len(buffers[done])
        done += 1
    del buffers[:done]
    if n:
        buffers[0] = buffers[0][n:]
