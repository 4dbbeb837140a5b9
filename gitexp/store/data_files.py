"""Data files on disk: those that a project declares, and whether they are what a run had.

Git knows nothing of data that it ignores, so it is told apart by size and time, and by content
where that can be read in a moment.
"""

from __future__ import annotations

import glob
import hashlib
import itertools
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from gitexp.schema.clock import to_iso
from gitexp.schema.data import ADDED, CHANGED, GONE, UNSURE, DataDelta, DataFile

MOST_FILES = 10_000
# A run waits for none of it, but its first commit does: a second of reading at most.
_FILE_BYTES = 64 * 1024 * 1024
_ALL_BYTES = 256 * 1024 * 1024


def find_data(top: Path, globs: Iterable[str]) -> list[str]:
    """The files that globs name: paths from the worktree's top, sorted, MOST_FILES at most.

    A folder stands for all files in it, `**` for any folders. A glob may lead out of the
    worktree: data often lies elsewhere.
    """
    found: set[str] = set()
    for pattern in globs:
        for path in glob.iglob(pattern, root_dir=top, recursive=True):
            found.update(_files_at(top, path))
            if len(found) >= MOST_FILES:
                return sorted(found)[:MOST_FILES]
    return sorted(found)


def fingerprint(top: Path, paths: Iterable[str]) -> list[DataFile]:
    """Size, time and, of 256 MiB of small files, content; what is not to be had is left out."""
    left = _ALL_BYTES
    files = []
    for path in paths:
        status = _status(top, path)
        if status is None:
            continue
        digest = None
        if status.st_size <= min(left, _FILE_BYTES):
            left -= status.st_size
            digest = _digest(top / path)
        files.append(DataFile(path, status.st_size, to_iso(status.st_mtime), digest))
    return files


class DataNow:
    """The data files of now, looked at and read once each, compared with those of many runs.

    Args:
        top: the worktree's top, which paths are relative to.
        declared: globs of the project; empty: only what a run names is looked at.
    """

    def __init__(self, top: Path, declared: Sequence[str]) -> None:
        self._top = top
        self._declared = set(find_data(top, declared)) if declared else None
        self._digests: dict[str, str | None] = {}
        self._left = _ALL_BYTES

    def deltas(
        self, files: Sequence[DataFile], *, declared: bool, elsewhere: bool = False
    ) -> tuple[DataDelta, ...]:
        """What is not as it was, or may not be.

        Args:
            files: as a run had them.
            declared: whether those are all the files that a project declared, so that one of now
                that is not among them is news.
            elsewhere: on another machine, where a path outside the worktree says little.
        """
        found = []
        for file in files[:MOST_FILES]:
            what = self._compare(file)
            if what == GONE and elsewhere and os.path.isabs(file.path):
                what = UNSURE
            if what is not None:
                found.append(DataDelta(file.path, what))
        if declared and self._declared is not None:
            known = {file.path for file in files}
            found += [DataDelta(path, ADDED) for path in sorted(self._declared - known)]
        return tuple(found)

    def _compare(self, file: DataFile) -> str | None:
        if file.path.endswith("/"):
            return _compare_folder(os.path.join(self._top, file.path), file.modified)
        status = _status(self._top, file.path)
        if status is None:
            return GONE
        if status.st_size != file.bytes:
            return CHANGED
        if to_iso(status.st_mtime) == file.modified:
            return None
        now = self._digest_of(file.path, status.st_size) if file.sha256 else None
        if now is None:
            return UNSURE
        return None if now == file.sha256 else CHANGED

    def _digest_of(self, path: str, size: int) -> str | None:
        if path not in self._digests:
            readable = size <= min(self._left, _FILE_BYTES)
            self._left -= size if readable else 0
            self._digests[path] = _digest(self._top / path) if readable else None
        return self._digests[path]


def _compare_folder(path: str, modified: str) -> str | None:
    """A folder of many files: all that is known of them is when the newest one was written."""
    try:
        with os.scandir(path) as entries:
            files = (entry for entry in itertools.islice(entries, MOST_FILES) if entry.is_file())
            newest = max((entry.stat().st_mtime for entry in files), default=0.0)
    except OSError:
        return GONE
    return UNSURE if to_iso(newest) > modified else None


def _files_at(top: Path, path: str) -> Iterator[str]:
    whole = os.path.join(top, path)
    if not os.path.isdir(whole):
        yield path
        return
    for folder, below, files in os.walk(whole):
        below.sort()
        for name in files:
            yield os.path.normpath(os.path.join(path, os.path.relpath(folder, whole), name))


def _status(top: Path, path: str) -> os.stat_result | None:
    """Of an ordinary file; a run's path may be a stranger's, and lead to a device."""
    try:
        status = os.stat(os.path.join(top, path))
    except (OSError, ValueError):
        return None
    return status if stat.S_ISREG(status.st_mode) else None


def _digest(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
