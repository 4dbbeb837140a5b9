"""The media/ folder of a run's tree: the files that the training wrote into its journal's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from gitexp.journal.folders import UNFINISHED
from gitexp.schema import names
from gitexp.store.objects import FILE, ObjectWriter, TreeEntry
from gitexp.store.repository import Repository

_LARGE_BYTES = 16 * 1024 * 1024


class MediaFiles:
    """What media/ (or outputs/) holds, hashed once for each state of a file."""

    def __init__(self, repo: Repository, journal: Path, name: str = names.MEDIA) -> None:
        self._repo = repo
        self._name = name
        self._top = journal / name
        self._known: dict[str, tuple[int, int, str]] = {}  # path → size, mtime in ns, oid

    def add(self, writer: ObjectWriter, files: dict[str, TreeEntry]) -> None:
        """Add all files; one that vanishes meanwhile is left out."""
        for entry in _files(self._top):
            path = os.path.relpath(entry.path, self._top)
            try:
                status = entry.stat()
                known = self._known.get(path)
                if known is None or known[:2] != (status.st_size, status.st_mtime_ns):
                    oid = self._store(writer, entry.path, status.st_size)
                    known = self._known[path] = (status.st_size, status.st_mtime_ns, oid)
            except OSError:
                continue
            writer.oids.add(known[2])
            files[f"{self._name}/{path}"] = (FILE, known[2])

    def clear(self) -> None:
        """Forget what was hashed: the objects are gone."""
        self._known.clear()

    def _store(self, writer: ObjectWriter, path: str, size: int) -> str:
        if size <= _LARGE_BYTES:
            return writer.blob(Path(path).read_bytes())
        # Not through our memory.
        uncompressed = ("-c", "core.looseCompression=0")
        oid = self._repo.git(*uncompressed, "hash-object", "-w", "--no-filters", "--", path)
        return oid.decode().strip()


def _files(folder: str | Path) -> Iterator[os.DirEntry[str]]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.name.startswith(UNFINISHED) or entry.name.lower() == ".git":
            continue
        if entry.is_dir(follow_symlinks=False):
            yield from _files(entry.path)
        elif entry.is_file():
            yield entry
