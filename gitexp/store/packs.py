"""One packfile for many new objects, written as fast as the disk takes it.

`git add` deflates every tensor, which makes float weights hardly smaller and takes a hundred
times as long as copying them. Here each object becomes a zlib stream of stored blocks, which any
git reads:

    PACK, version 2, number of objects
    for each: type and size in 7-bit groups; 78 01; blocks of 1 + 2 + 2 + at most 65535 bytes
        (last block?, length, its complement, data); Adler-32 of the data
    the hash of all that

A `.keep` file beside it makes `git gc` leave it as it is (gc would deflate it after all) and
protects it until a ref reaches it. The order on disk is: contents synced, `.keep`, pack, index;
git takes notice of a pack by its index, so a crash at any point leaves nothing half visible.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import struct
import time
import zlib
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from gitexp.store.content import Content, ContentReader, read_content
from gitexp.store.objects import ObjectWriter, file_modes, temporary_folder
from gitexp.store.pack_index import PackEntry, encode_index
from gitexp.store.reader import missing_objects
from gitexp.store.repository import Repository

# Less than this goes into loose objects, which git's own gc packs: a pack for every epoch of a
# small model would be thousands of packs.
LOOSE_LIMIT_BYTES = 2 * 1024 * 1024

KEEP_NOTE = b"gitexp: checkpoint\n"

_TYPES = {"commit": 1, "tree": 2, "blob": 3, "tag": 4}
_BLOCK_BYTES = 65535
_BLOCK_HEADER = struct.Struct("<BHH")
_BUFFER_BYTES = 16 * (_BLOCK_HEADER.size + _BLOCK_BYTES)
_BUFFERS = 4
_WRITEBACK_BYTES = 16 * 1024 * 1024
_TEMPORARY = "pack-"
# What is younger may belong to a process that is just about to lock it.
_LEFT_OVER_S = 60


def store_objects(
    repo: Repository, objects: Mapping[str, Content], *, have_none: bool = False
) -> int:
    """Bring objects into the repository, those that it has already excepted.

    Args:
        repo: where to.
        objects: blobs and trees by oid, which must be the content's hash.
        have_none: write all of them, whatever the repository has: what no ref reaches may be
            gone by the time that one does.

    Returns:
        How many bytes of content were new.

    Raises:
        OSError: the disk does not take them; nothing is left behind.
    """
    if have_none:
        new = dict(objects)
    else:
        missing = missing_objects(repo, objects)
        new = {oid: content for oid, content in objects.items() if oid in missing}
    size = sum(content.size for content in new.values())
    if new and (have_none or size >= LOOSE_LIMIT_BYTES):
        write_pack(repo, new)
    elif new:
        writer = ObjectWriter(repo)
        try:
            for content in new.values():
                writer.put(content.kind, read_content(content))
            writer.flush(durable=True)
        finally:
            writer.discard()
    return size


def write_pack(repo: Repository, objects: Mapping[str, Content]) -> Path:
    """Write objects as one new pack.

    Args:
        repo: where to.
        objects: content by oid, which must be its hash.

    Returns:
        The .pack file; all of it survives a power loss.

    Raises:
        OSError: the disk does not take it; nothing is left behind.
    """
    folder = repo.common_dir / "objects" / "pack"
    scratch = temporary_folder(repo)
    folder.mkdir(parents=True, exist_ok=True)
    scratch.mkdir(exist_ok=True)
    sweep(repo)
    mode, _ = file_modes(repo.config.get("core.sharedrepository", ""))
    with (
        temporary_file(scratch, mode) as (pack, pack_path),
        temporary_file(scratch, mode) as (
            index,
            index_path,
        ),
    ):
        stream = PackStream(pack, repo.object_format)
        try:
            stream.begin(len(objects))
            entries = [stream.add(oid, content) for oid, content in objects.items()]
            checksum = stream.end()
        finally:
            stream.close()
        os.fsync(pack)
        write_all(index, memoryview(encode_index(entries, checksum, repo.object_format)))
        os.fsync(index)
        final = folder / f"pack-{checksum.hex()}.pack"
        publish(pack_path, index_path, final)
    return final


def sweep(repo: Repository) -> None:
    """Remove what writers that died left behind."""
    sweep_folder(temporary_folder(repo))
    for keep in (repo.common_dir / "objects" / "pack").glob("pack-*.keep"):
        with contextlib.suppress(OSError):
            whole = keep.with_suffix(".idx").exists() or _age_s(keep) <= _LEFT_OVER_S
            if not whole and keep.read_bytes() == KEEP_NOTE:
                keep.with_suffix(".pack").unlink(missing_ok=True)
                keep.unlink()


def sweep_folder(folder: Path) -> None:
    """Remove the temporary files in a folder whose writers died."""
    for path in folder.glob(f"{_TEMPORARY}*"):
        with contextlib.suppress(OSError):
            if _age_s(path) > _LEFT_OVER_S and not _is_locked(path):
                path.unlink()


class PackStream:
    """A pack on its way to a file: entries are laid out here, written and hashed by a thread.

    Memory: `_BUFFERS` buffers of 1 MiB, whatever the size of the objects.

    Args:
        descriptor: the file.
        object_format: "sha1" or "sha256".
    """

    def __init__(self, descriptor: int, object_format: str) -> None:
        self._descriptor = descriptor
        self._digest = hashlib.new(object_format)
        self._thread = ThreadPoolExecutor(1)
        self._free = [memoryview(bytearray(_BUFFER_BYTES)) for _ in range(_BUFFERS - 1)]
        self._busy: list[tuple[Future[None], memoryview]] = []
        self._buffer = memoryview(bytearray(_BUFFER_BYTES))
        self._at = 0  # how much of the buffer is filled
        self._flushed = 0  # bytes before the buffer
        self._crc = 0  # of the entry so far, up to _crc_at in the buffer
        self._crc_at = 0
        self._written = self._on_its_way = 0  # in the thread

    def begin(self, count: int) -> None:
        """Write what stands before the entries."""
        self._write(b"PACK" + struct.pack(">II", 2, count))

    def add(self, oid: str, content: Content) -> PackEntry:
        """Append an object."""
        offset = self._flushed + self._at
        self._crc, self._crc_at = 0, self._at
        self._write(entry_header(content.kind, content.size))
        self._write_stored(content)
        self._update_crc()
        return PackEntry(oid, offset, self._crc)

    def end(self) -> bytes:
        """Append the hash of everything, wait until all is written, return the hash."""
        self._flush()
        self._wait(0)
        checksum = self._digest.digest()
        write_all(self._descriptor, memoryview(checksum))
        return checksum

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(cancel_futures=True)

    def _write(self, data: bytes) -> None:
        if self._at + len(data) > len(self._buffer):
            self._flush()
        self._buffer[self._at : self._at + len(data)] = data
        self._at += len(data)

    def _write_stored(self, content: Content) -> None:
        self._write(b"\x78\x01")
        rest, adler = content.size, 1
        if rest == 0:
            self._write(_BLOCK_HEADER.pack(1, 0, 0xFFFF))
        with ContentReader(content) as reader:
            while rest:
                blocks, rest = self._lay_blocks(rest)
                reader.read_into(blocks)
                for block in blocks:
                    adler = zlib.adler32(block, adler)
        self._write(adler.to_bytes(4, "big"))

    def _lay_blocks(self, rest: int) -> tuple[list[memoryview], int]:
        """Headers of as many blocks as fit, the room for their data, and the bytes left over."""
        blocks: list[memoryview] = []
        while rest:
            n = min(rest, _BLOCK_BYTES)
            start = self._at + _BLOCK_HEADER.size
            if start + n > len(self._buffer):
                if blocks:
                    break
                self._flush()
                continue
            rest -= n
            _BLOCK_HEADER.pack_into(self._buffer, self._at, rest == 0, n, n ^ 0xFFFF)
            self._at = start + n
            blocks.append(self._buffer[start : self._at])
        return blocks, rest

    def _update_crc(self) -> None:
        self._crc = zlib.crc32(self._buffer[self._crc_at : self._at], self._crc)
        self._crc_at = self._at

    def _flush(self) -> None:
        self._update_crc()
        job = self._thread.submit(self._put, self._buffer[: self._at])
        self._busy.append((job, self._buffer))
        self._flushed += self._at
        self._at = self._crc_at = 0
        if not self._free:
            self._wait(_BUFFERS - 1)
        self._buffer = self._free.pop()

    def _wait(self, allowed: int) -> None:
        """Wait until at most so many buffers are still being written; raises what went wrong."""
        while len(self._busy) > allowed:
            job, buffer = self._busy.pop(0)
            job.result()
            self._free.append(buffer)

    def _put(self, data: memoryview) -> None:
        write_all(self._descriptor, data)
        self._digest.update(data)
        self._written += len(data)
        new = self._written - self._on_its_way
        if new >= _WRITEBACK_BYTES and hasattr(os, "posix_fadvise"):
            # Linux begins to bring these bytes to disk, so that the sync at the end is short.
            os.posix_fadvise(self._descriptor, self._on_its_way, new, os.POSIX_FADV_DONTNEED)
            self._on_its_way += new


def entry_header(kind: str, size: int) -> bytes:
    """Type and size of a pack's entry: 3 + 4 bits, then 7 bits in each further byte."""
    byte = _TYPES[kind] << 4 | size & 0x0F
    size >>= 4
    header = bytearray()
    while size:
        header.append(byte | 0x80)
        byte = size & 0x7F
        size >>= 7
    header.append(byte)
    return bytes(header)


@contextlib.contextmanager
def temporary_file(folder: Path, mode: int) -> Iterator[tuple[int, Path]]:
    """A locked new file, so that a sweep knows that it is alive; removed if it is still there."""
    path = folder / f"{_TEMPORARY}{os.urandom(8).hex()}"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fchmod(descriptor, mode)
        yield descriptor, path
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def publish(pack: Path, index: Path, final: Path) -> None:
    """Give a pack and its index their names, with a `.keep`."""
    keep, final_index = final.with_suffix(".keep"), final.with_suffix(".idx")
    there = final_index.exists()  # the very same pack, from an earlier try
    try:
        keep.write_bytes(KEEP_NOTE)
        pack.rename(final)
        index.rename(final_index)
    except BaseException:
        if not there:
            for path in (final_index, final, keep):
                path.unlink(missing_ok=True)
        raise
    descriptor = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_all(descriptor: int, data: memoryview) -> None:
    """Write to the end."""
    while data:
        data = data[os.write(descriptor, data) :]


def _is_locked(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def _age_s(path: Path) -> float:
    return time.time() - path.stat().st_mtime
