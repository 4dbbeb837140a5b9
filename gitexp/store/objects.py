"""Git objects, written as loose files without a process for each."""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import os
import re
import stat
import zlib
from collections.abc import Collection, Iterable, Mapping
from pathlib import Path
from typing import Any

from gitexp.store.reader import ObjectReader
from gitexp.store.repository import Identity, Repository

FILE, EXECUTABLE, SYMLINK, TREE, GITLINK = 0o100644, 0o100755, 0o120000, 0o040000, 0o160000

Name = str | bytes
TreeEntry = tuple[int, str]  # (mode, oid)

# Above this size an object that is not loose is looked up in the packs before it is written
# again; below it the look-up costs more than a duplicate, which the next gc drops.
_LOOKUP_BYTES = 64 * 1024
_LEVEL = 1  # of compression, as git's own for loose objects: gc compresses what it packs anew
_numbers = itertools.count()  # for the names of temporary files, over all writers


class ObjectWriter:
    """Writes loose objects without a process for each; nothing is visible before `flush`.

    Objects that the repository has are skipped, and their age is renewed so that a `git gc` with
    its usual grace of two weeks lets them be. Temporary files are kept in a folder of our own in
    the objects folder: on its file system, yet where `git prune` does not sweep. Not for
    use by several threads at once.

    Args:
        repo: where to.
    """

    def __init__(self, repo: Repository) -> None:
        self._repo = repo
        self._objects = os.path.join(repo.common_dir, "objects")
        self._temporary = os.fspath(temporary_folder(repo))
        self._file_mode, self._folder_mode = file_modes(
            repo.config.get("core.sharedrepository", "")
        )
        self._pending: dict[str, str] = {}  # oid: temporary file
        self._reader: ObjectReader | None = None
        self.oids: set[str] = set()  # of all objects that were asked for, written or not

    def blob(self, data: bytes) -> str:
        """Store a file's content; returns its oid."""
        return self._store(b"blob", data)

    def tree(self, entries: Mapping[Name, TreeEntry] | Mapping[str, TreeEntry]) -> str:
        """Store a folder of name → (mode, oid).

        Raises:
            ValueError: a name that no folder can have: empty, ".", "..", ".git", with "/" or NUL.
        """
        return self._store(b"tree", encode_tree(entries))

    def nested_tree(self, files: Mapping[str, TreeEntry]) -> str:
        """Store folders from paths: {"README.md": …, "plots/loss.svg": …, "code": (TREE, oid)}.

        Raises:
            ValueError: a path is impossible, or is both a file and a folder.
        """
        root: dict[str, Any] = {}
        for path, entry in files.items():
            *folders, name = path.split("/")
            at = root
            for folder in folders:
                at = at.setdefault(folder, {})
                if not isinstance(at, dict):
                    raise ValueError(f"{path!r}: {folder!r} is a file and a folder")
            if name in at:
                raise ValueError(f"{path!r} is a file and a folder")
            at[name] = entry
        return self._folder(root)

    def _folder(self, content: dict[str, Any]) -> str:
        return self.tree(
            {
                name: (TREE, self._folder(below)) if isinstance(below, dict) else below
                for name, below in content.items()
            }
        )

    def commit(
        self, tree: str, parents: Iterable[str], message: str, author: Identity, time_s: float
    ) -> str:
        """Store a commit whose author and committer are the same.

        It is never signed, whatever commit.gpgsign says: runs are committed by a process that
        nobody sits at. The time is the caller's, GIT_AUTHOR_DATE and the clock play no part, so
        that the same commit can be written again with the same oid.

        Args:
            tree: oid.
            parents: oids, the first one is the chain's.
            message: subject, empty line, body.
            author: bytes that git cannot keep ("<", ">", newlines) are dropped from it.
            time_s: since the epoch; written as whole seconds UTC.
        """
        who = f"{_ident(author.name)} <{_ident(author.email)}> {int(time_s)} +0000"
        lines = [f"tree {tree}", *(f"parent {oid}" for oid in parents)]
        lines += [f"author {who}", f"committer {who}", "", message.rstrip("\n") + "\n"]
        text = "\n".join(lines).replace("\0", "\N{REPLACEMENT CHARACTER}")
        return self._store(b"commit", text.encode("utf-8", "surrogateescape"))

    def put(self, kind: str, data: bytes) -> str:
        """Store an object of any kind whose content is complete; returns its oid."""
        return self._store(kind.encode(), data)

    def _store(self, kind: bytes, data: bytes) -> str:
        header = b"%s %d\0" % (kind, len(data))
        digest = hashlib.new(self._repo.object_format, header)
        digest.update(data)
        oid = digest.hexdigest()
        self.oids.add(oid)
        if oid not in self._pending and not self._exists(oid, len(data)):
            self._pending[oid] = self._write_temporary(zlib.compress(header + data, _LEVEL))
        return oid

    def _exists(self, oid: str, size: int) -> bool:
        try:
            os.utime(self._path(oid))
        except FileNotFoundError:
            pass
        except PermissionError:  # somebody else's file in a shared repository: it is there
            return True
        else:
            return True
        if size < _LOOKUP_BYTES:
            return False
        if self._reader is None:
            self._reader = ObjectReader(self._repo, fetch=False, contents=False)
        return self._reader.size(oid) is not None

    def _path(self, oid: str) -> str:
        return f"{self._objects}/{oid[:2]}/{oid[2:]}"

    def _write_temporary(self, content: bytes) -> str:
        # What a process of the same number may have left there is skipped.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        while True:
            path = f"{self._temporary}/{os.getpid()}-{next(_numbers)}"
            try:
                handle = os.open(path, flags, self._file_mode)
                break
            except FileNotFoundError:
                os.makedirs(self._temporary, exist_ok=True)
            except FileExistsError:
                continue
        with open(handle, "wb", buffering=0) as file:
            rest = memoryview(content)
            while rest:
                rest = rest[file.write(rest) :]
            if self._folder_mode:  # a shared repository: whatever the umask says
                os.fchmod(handle, self._file_mode)
        return path

    def flush(self, durable: bool = False) -> None:
        """Make all objects visible to git.

        Args:
            durable: return only when they would survive a power loss.
        """
        if self._reader is not None:
            self._reader.close()
            self._reader = None
        pending, self._pending = self._pending, {}
        if durable:
            # The content must be on disk before its name is: a name that leads to an empty file
            # would be taken for the object.
            _fsync(pending.values())
        for oid, temporary in pending.items():
            self._publish(temporary, self._path(oid))
        if durable and pending:
            _fsync({self._objects, *(os.path.dirname(self._path(oid)) for oid in pending)})

    def _publish(self, temporary: str, path: str) -> None:
        while True:
            try:
                os.rename(temporary, path)
                return
            except FileNotFoundError:
                # The folder is missing; a gc that empties it may do so right after our mkdir.
                if not os.path.exists(temporary):
                    raise
                folder = os.path.dirname(path)
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder)
                    if self._folder_mode:
                        mode = stat.S_IMODE(os.stat(folder).st_mode)
                        os.chmod(folder, mode | self._folder_mode)

    def discard(self) -> None:
        """Drop what was not flushed."""
        for temporary in self._pending.values():
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary)
        self._pending = {}
        if self._reader is not None:
            self._reader.close()
            self._reader = None


def temporary_folder(repo: Repository) -> Path:
    """Where unfinished objects lie; what a crash left there may go when it is old."""
    return repo.common_dir / "objects" / "gitexp"


def encode_tree(entries: Mapping[Name, TreeEntry] | Mapping[str, TreeEntry]) -> bytes:
    """A tree object's content: `<octal mode> <name> NUL <binary oid>`, in git's order.

    Git compares names as bytes, and a folder's as if it ended in a slash.
    """
    rows = []
    for key, (mode, oid) in entries.items():
        name = key if isinstance(key, bytes) else os.fsencode(key)
        if name in (b"", b".", b"..") or name.lower() == b".git" or b"/" in name or b"\0" in name:
            raise ValueError(f"{name!r} cannot be a name in a tree")
        row = b"%o %s\0%s" % (mode, name, bytes.fromhex(oid))
        rows.append((name + b"/" if mode == TREE else name, row))
    return b"".join(row for _, row in sorted(rows))


def decode_tree(data: bytes, object_format: str) -> dict[str, TreeEntry]:
    """The way back from `encode_tree`: name → (mode, oid), in git's order."""
    width = hashlib.new(object_format).digest_size
    entries = re.finditer(rb"([0-7]+) ([^\0]+)\0(.{%d})" % width, data, re.DOTALL)
    return {
        os.fsdecode(name): (int(mode, 8), oid.hex())
        for mode, name, oid in (entry.groups() for entry in entries)
    }


def _ident(text: str) -> str:
    # As git does: crud at the ends, and characters that end the field.
    cleaned = "".join(c for c in text if c not in "<>\n\0")
    return cleaned.strip(" .,:;\"'\\\t\r")


def file_modes(shared: str) -> tuple[int, int]:
    """File mode, and what is added to a folder's mode, by core.sharedRepository."""
    umask = os.umask(0)
    os.umask(umask)
    value = shared.lower()
    if value in ("group", "true", "1"):
        return 0o444 & ~umask | 0o040, stat.S_ISGID | 0o070
    if value in ("all", "world", "everybody", "2"):
        return 0o444, stat.S_ISGID | 0o075
    if value.startswith("0") and value != "0":
        bits = int(value, 8) & 0o666
        return bits & 0o444 | 0o400, stat.S_ISGID | bits | (bits & 0o444) >> 2
    return 0o444 & ~umask, 0


def _fsync(paths: Collection[str]) -> None:
    """Wait until files or folders are on disk: all at once, which takes about as long as one."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(_fsync_one, paths))


def _fsync_one(path: str) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
