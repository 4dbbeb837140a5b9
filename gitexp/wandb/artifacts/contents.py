"""What an artifact will hold: files copied aside as they are added, references, media."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import orjson

from gitexp.errors import UsageError
from gitexp.journal.artifact_spool import Staging
from gitexp.record import api
from gitexp.record.active import ActiveRun
from gitexp.record.media._base import Media, MediaFolder
from gitexp.record.media.coerce import media_of
from gitexp.schema.artifact import FileEntry, checked_path
from gitexp.store.artifacts import file_digest

Staged = tuple[FileEntry, Path | None]


class Contents:
    """The entries of an artifact that is not logged yet, by path."""

    def __init__(self) -> None:
        self.entries: dict[str, Staged] = {}
        self.sources: dict[str, str] = {}  # the script's own path → path in the artifact
        self._staging: Staging | None = None

    def add_file(
        self, source: Path, path: str, *, mutable: bool = True, overwrite: bool = True
    ) -> FileEntry:
        """Copy a file aside.

        Raises:
            ValueError: the source is no file, or the path cannot be.
            UsageError: there is another file of that path, and it may not be replaced.
        """
        if not source.is_file():
            raise ValueError(f"{source} is not a file")
        path = checked_path(path.replace(os.sep, "/"))
        staged = self._stage().copy(source, mutable=mutable)
        if path in self.entries and not overwrite:
            known = self.entries[path][1]
            if known is None or file_digest(known) != file_digest(staged):
                raise UsageError(
                    f"the artifact has another file called {path!r} already",
                    "add_file(…, overwrite=True) replaces it",
                )
        entry = FileEntry(path, "", staged.stat().st_size)
        self.entries[path] = entry, staged
        self.sources[os.path.abspath(source)] = path
        return entry

    def add_reference(self, entry: FileEntry) -> None:
        """Add what stands somewhere else."""
        self.entries[entry.path] = entry, None

    def add_object(self, value: Any, name: str) -> str:
        """Add media as a JSON file that says what it is, and the files that it names.

        Raises:
            TypeError: it is no media.
        """
        media = value if isinstance(value, Media) else media_of(value)
        if media is None:
            raise TypeError(f"a {type(value).__name__} is no media; add_file() takes files")
        with tempfile.TemporaryDirectory(prefix="gitexp-media-") as folder:
            top = Path(folder)
            told = media.keep(MediaFolder(top), name)
            if told["_type"] == "table":
                rows = orjson.loads((top / told["path"]).read_bytes())
                (top / told["path"]).unlink()
                told = {"_type": "table", **rows}
            suffix = f".{told['_type']}.json"
            path = name if name.endswith(suffix) else f"{name}{suffix}"
            (top / "told.json").write_bytes(orjson.dumps(told))
            self.add_file(top / "told.json", path)
            for file in sorted((top / "media").rglob("*")):
                if file.is_file():
                    self.add_file(file, file.relative_to(top).as_posix())
        return checked_path(path)

    @contextlib.contextmanager
    def new_file(self, path: str, mode: str, encoding: str | None) -> Iterator[IO[Any]]:
        """A file to write to; it is the artifact's once it is closed without an error.

        Raises:
            UsageError: there is one of that path.
        """
        path = checked_path(path)
        if path in self.entries:
            raise UsageError(f"the artifact has a file called {path!r} already")
        staged = self._stage().next_path()
        with staged.open(mode, encoding=encoding) as file:
            yield file
        self.entries[path] = FileEntry(path, "", staged.stat().st_size), staged

    def remove(self, path: str) -> None:
        """Take a file, or a folder of files, out again.

        Raises:
            FileNotFoundError: there is nothing of that path.
        """
        path = path.rstrip("/")
        gone = [known for known in self.entries if f"{known}/".startswith(f"{path}/")]
        if not gone:
            raise FileNotFoundError(f"the artifact has no {path!r}")
        for known in gone:
            del self.entries[known]

    def digested(self) -> list[FileEntry]:
        """The entries with their digests."""
        for path, (entry, staged) in self.entries.items():
            if staged is not None and not entry.digest:
                told = FileEntry(path, file_digest(staged), staged.stat().st_size)
                self.entries[path] = told, staged
        return [entry for entry, _ in self.entries.values()]

    def _stage(self) -> Staging:
        if self._staging is None:
            run = api.active()
            # Where the journals are: taking the files over is a rename then.
            self._staging = Staging(run.folder.parent if isinstance(run, ActiveRun) else None)
        return self._staging
