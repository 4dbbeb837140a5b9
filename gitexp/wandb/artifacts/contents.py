"""What an artifact will hold: files copied aside as they are added, references, media."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from gitexp.journal.artifact_spool import Staging
from gitexp.record import api
from gitexp.record.active import ActiveRun
from gitexp.record.media.table import JoinedTable
from gitexp.schema.artifact import FileEntry
from gitexp.store.artifacts import file_digest
from gitexp.wandb.artifacts.checks import checked_inside
from gitexp.wandb.calls import termerror

Staged = tuple[FileEntry, Path | None]


class Contents:
    """The entries of an artifact that is not logged yet, by path."""

    def __init__(self) -> None:
        self.entries: dict[str, Staged] = {}
        self._objects: dict[int, tuple[Any, str]] = {}
        self.sources: dict[str, str] = {}  # the script's own path → path in the artifact
        self._staging: Staging | None = None

    def add_file(
        self, source: Path, path: str, *, mutable: bool = True, overwrite: bool = True
    ) -> FileEntry:
        """Copy a file aside.

        Raises:
            ValueError: the source is no file, the path cannot be, or there is another file of
                that path, and it may not be replaced.
        """
        if not source.is_file():
            raise ValueError(f"{os.fspath(source)!r} is no file")
        path = checked_inside(path.replace(os.sep, "/"))
        staged = self._stage().copy(source, mutable=mutable)
        if path in self.entries and not overwrite:
            known, held = self.entries[path]
            digest = known.digest or (file_digest(held) if held is not None else "")
            if digest != file_digest(staged):
                raise ValueError(f"{path!r} is in the artifact already, with other content")
        entry = FileEntry(path, "", staged.stat().st_size)
        self.entries[path] = entry, staged
        self.sources[os.path.abspath(source)] = path
        return entry

    def add_reference(self, entry: FileEntry) -> None:
        """Add what stands somewhere else.

        Raises:
            ValueError: there is something else of that path.
        """
        known, held = self.entries.get(entry.path, (entry, None))
        if (known.digest or (file_digest(held) if held is not None else "")) != entry.digest:
            raise ValueError(f"{entry.path!r} is in the artifact already, with other content")
        self.entries[entry.path] = entry, None

    def add_object(self, value: Any, name: str, *, overwrite: bool = False) -> str:
        """Add media as a JSON file that says what it is, and the files that it names.

        What was added already is not added again; its path is returned.

        Raises:
            TypeError: it is no media.
        """
        from gitexp.wandb.artifacts.objects import describe, describe_joined

        _, added = self._objects.get(id(value), (None, ""))
        if added in self.entries:
            return added
        with tempfile.TemporaryDirectory(prefix="gitexp-media-") as folder:
            if isinstance(value, JoinedTable):
                parts = [self.add_object(t, f"t{n}_{name}") for n, t in enumerate(value.tables, 1)]
                path, told, files = describe_joined(value, name, parts)
            else:
                path, told, files = describe(value, name, Path(folder))
            path = checked_inside(path)
            if path in self.entries and not overwrite:
                return path
            description = Path(folder, "told.json")
            description.write_bytes(told)
            self.add_file(description, path)
            for inside, file in files.items():
                self.add_file(file, inside)
        # The object is held, so that its id is nobody else's.
        self._objects[id(value)] = value, path
        return path

    @contextlib.contextmanager
    def new_file(self, path: str, mode: str, encoding: str | None) -> Iterator[IO[Any]]:
        """A file to write to; it is the artifact's once it is closed without an error.

        Raises:
            ValueError: there is one of that path, and the mode is "x".
        """
        path = checked_inside(path)
        if "x" in mode and path in self.entries:
            raise ValueError(f"the artifact has a file {path!r} already")
        staged = self._stage().next_path()
        try:
            with staged.open(mode, encoding=encoding) as file:
                yield file
        except UnicodeEncodeError as error:
            termerror(
                f"{path} cannot be written: {error}; new_file(encoding=…) takes another encoding"
            )
            raise
        self.entries[path] = FileEntry(path, "", staged.stat().st_size), staged

    def remove(self, path: str) -> None:
        """Take a file, or a folder of files, out again.

        Raises:
            FileNotFoundError: there is nothing of that path.
        """
        path = path.replace("\\", "/").strip("/").removeprefix("./")
        gone = [known for known in self.entries if f"{known}/".startswith(f"{path}/")]
        if not gone:
            raise FileNotFoundError(f"the artifact has neither a file nor a folder {path}")
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
