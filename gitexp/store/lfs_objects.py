"""Shards into git-lfs' local store: hashed and copied in parallel, visible only when on disk.

What no remote has yet is held by a second name, a hard link in `<common dir>/gitexp/lfs/`: `git
lfs prune` knows branches and tags but no runs, and would delete the only copy. The second name
goes when the object is pushed, or when nothing in the repository points to it any more.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from gitexp.store import lfs
from gitexp.store.content import (
    Content,
    ContentReader,
    FileRange,
    digest_content,
    hash_content,
    thread_count,
)
from gitexp.store.lfs import Pointer
from gitexp.store.objects import file_modes
from gitexp.store.packs import sweep_folder, temporary_file, write_all
from gitexp.store.reader import missing_objects
from gitexp.store.repository import Repository
from gitexp.store.shards import is_shard

_CHUNK_BYTES = 1 << 20


def store_shards(repo: Repository, files: Mapping[str, Content]) -> dict[str, Content]:
    """Bring the shards of a checkpoint into git-lfs' store.

    Args:
        repo: where to.
        files: the checkpoint's files by name.

    Returns:
        The files for git: a pointer for each shard, the rest as it was, and the attributes by
        which git-lfs knows them.

    Raises:
        OSError: the disk does not take them; no half of an object is ever visible.
    """
    shards = {name: content for name, content in files.items() if is_shard(name)}
    pointers = _store(repo, list(shards.values()))
    made = {
        name: Content("blob", (pointer.encode(),))
        for name, pointer in zip(shards, pointers, strict=True)
    }
    attributes = Content("blob", (lfs.ATTRIBUTES,))
    return {**files, **made, lfs.ATTRIBUTES_FILE: attributes}


def _store(repo: Repository, contents: Sequence[Content]) -> list[Pointer]:
    """Hash contents and write those that are not there; returns when all are on disk."""
    scratch = lfs.storage(repo) / "tmp"
    scratch.mkdir(parents=True, exist_ok=True)
    sweep_folder(scratch)
    readable, _ = file_modes(repo.config.get("core.sharedrepository", ""))
    mode = readable | stat.S_IWUSR | (stat.S_IWGRP if readable & 0o040 and _is_shared(repo) else 0)

    def put(content: Content) -> Pointer:
        pointer = Pointer(digest_content(content, hashlib.sha256()), content.size)
        path = lfs.object_path(repo, pointer)
        if not lfs.is_here(repo, pointer) and not restore(repo, pointer):
            path.parent.mkdir(parents=True, exist_ok=True)
            _write(content, path, scratch, mode)
        _hold(repo, pointer)
        return pointer

    # The largest first, so that no thread begins one when the others are done.
    order = sorted(range(len(contents)), key=lambda i: -contents[i].size)
    with ThreadPoolExecutor(thread_count(len(contents))) as pool:
        done = dict(zip(order, pool.map(lambda i: put(contents[i]), order), strict=True))
    pointers = [done[i] for i in range(len(contents))]
    _sync_folders(lfs.object_path(repo, pointer).parent for pointer in pointers)
    return pointers


def _is_shared(repo: Repository) -> bool:
    return repo.config.get("core.sharedrepository", "").lower() not in ("", "umask", "false", "0")


def _write(content: Content, path: Path, scratch: Path, mode: int) -> None:
    """Write an object: as another name of the file that it is, else as a copy."""
    whole = _whole_file(content)
    if whole is not None:
        with contextlib.suppress(OSError), _name_in(scratch) as name:
            os.link(whole, name)
            name.chmod(mode)
            _fsync(name)
            name.rename(path)
            return
    with temporary_file(scratch, mode) as (descriptor, name):
        _copy(content, descriptor)
        os.fsync(descriptor)
        name.rename(path)


@contextlib.contextmanager
def _name_in(folder: Path) -> Iterator[Path]:
    """A free name for a short while."""
    path = folder / f"link-{os.urandom(8).hex()}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _whole_file(content: Content) -> Path | None:
    """The file that has this content and nothing more."""
    if len(content.parts) != 1 or not isinstance(content.parts[0], FileRange):
        return None
    part = content.parts[0]
    whole = part.offset == 0 and part.path.stat().st_size == part.length
    return part.path if whole else None


def _copy(content: Content, descriptor: int) -> None:
    """Write a content to a file, its files' bytes without a way through this process."""
    if hasattr(os, "copy_file_range"):
        try:
            _copy_in_kernel(content, descriptor)
            return
        except OSError:
            # Between these two file systems it does not work; the plain way says what is wrong.
            os.lseek(descriptor, 0, os.SEEK_SET)
            os.ftruncate(descriptor, 0)
    rest = content.size
    buffer = memoryview(bytearray(min(rest, _CHUNK_BYTES)))
    with ContentReader(content) as reader:
        while rest:
            chunk = buffer[: min(rest, _CHUNK_BYTES)]
            reader.read_into([chunk])
            write_all(descriptor, chunk)
            rest -= len(chunk)


def _copy_in_kernel(content: Content, descriptor: int) -> None:
    for part in content.parts:
        if isinstance(part, bytes):
            write_all(descriptor, memoryview(part))
            continue
        source = os.open(part.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            at, end = part.offset, part.offset + part.length
            while at < end:
                n = os.copy_file_range(source, descriptor, end - at, at)
                if n == 0:
                    raise OSError(f"{part.path} is shorter than it was")
                at += n
        finally:
            os.close(source)


def _sync_folders(folders: Iterable[Path]) -> None:
    """Bring new names to disk: of objects, and of the folders that were made for them."""
    lowest = set(folders)
    above = {folder.parent for folder in lowest}
    with ThreadPoolExecutor(8) as pool:
        for level in (lowest, above, {folder.parent for folder in above}):
            list(pool.map(_fsync, level))


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# What is held ----------------------------------------------------------------------------------


def _held(repo: Repository) -> Path:
    return repo.gitexp_dir / "lfs"


def _hold(repo: Repository, pointer: Pointer) -> None:
    """Give an object its second name; a file system without hard links does without."""
    path = _held(repo) / pointer.oid
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(lfs.object_path(repo, pointer), path)


def restore(repo: Repository, pointer: Pointer) -> bool:
    """Put an object back that `git lfs prune` took from the store; False: it is not held."""
    path = lfs.object_path(repo, pointer)
    try:
        if (_held(repo) / pointer.oid).stat().st_size != pointer.size:
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        os.link(_held(repo) / pointer.oid, path)
    except FileExistsError:  # somebody else was faster
        return True
    except OSError:
        return False
    return True


def let_go(repo: Repository, pointers: Iterable[Pointer]) -> None:
    """Drop the second names of objects that a remote has."""
    for pointer in pointers:
        with contextlib.suppress(OSError):
            (_held(repo) / pointer.oid).unlink()


def let_go_unreferenced(repo: Repository, grace_s: float) -> int:
    """Drop the second names of objects whose pointers are no longer in the repository.

    Args:
        repo: where.
        grace_s: what is younger stays: its pointer may be about to come.

    Returns:
        The bytes that `git lfs prune` can free now.
    """
    held: dict[str, Pointer] = {}
    with contextlib.suppress(OSError):
        for entry in os.scandir(_held(repo)):
            if time.time() - entry.stat().st_ctime > grace_s:
                pointer = Pointer(entry.name, entry.stat().st_size)
                blob = Content("blob", (pointer.encode(),))
                held[hash_content(blob, repo.object_format)] = pointer
    gone = [held[oid] for oid in missing_objects(repo, held)] if held else []
    let_go(repo, gone)
    return sum(pointer.size for pointer in gone)
