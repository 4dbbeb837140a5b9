"""An artifact's files on their way into git: copied aside at once, as the script may change them.

    <journal>/artifacts/<folder>/spool.json   {"entries": [{"path", "file", "digest", "size", …}]}
    <journal>/artifacts/<folder>/files/…      the contents, under names of ours

The folder is filled under a temporary name and renamed at the end, so it is there as a whole or
not at all.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from gitexp.errors import JournalProblem
from gitexp.journal import folders
from gitexp.journal.spool import copy_file
from gitexp.schema.artifact import FileEntry, checked_path

SPOOL = "spool.json"
_FILES = "files"


class Staging:
    """Copies of files that will be an artifact's; they go when nobody has taken them.

    Args:
        beside: a folder on the file system where they will be taken to, so that taking them is a
            rename; None: the temporary one.
    """

    def __init__(self, beside: Path | None = None) -> None:
        if beside is not None:
            beside.mkdir(parents=True, exist_ok=True)
        self.folder = Path(tempfile.mkdtemp(prefix=".staging-", dir=beside))
        weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        self._count = 0

    def next_path(self) -> Path:
        """A path for another file."""
        self._count += 1
        return self.folder / f"{self._count:06d}"

    def copy(self, source: Path, *, mutable: bool = True) -> Path:
        """Copy a file aside, sharing its bytes where the file system can.

        Args:
            source: the file.
            mutable: False: nobody will write to it any more, so a hard link will do.

        Raises:
            OSError: it cannot be read, or the disk does not take the copy.
        """
        target = self.next_path()
        if not mutable:
            try:
                os.link(source.resolve(), target)
                return target
            except OSError:
                pass  # another file system
        with source.open("rb") as read, target.open("wb") as write:
            copy_file(read, write, os.fstat(read.fileno()).st_size)
        return target


def spool_artifact(
    journal: Path, folder: str, entries: Mapping[str, tuple[FileEntry, Path | None]]
) -> None:
    """Hand staged files over to the journal.

    Args:
        journal: of the run.
        folder: a new name below its artifacts/.
        entries: by path; files are moved.

    Raises:
        JournalProblem: two paths exclude each other.
        OSError: the disk does not take them.
    """
    _check_paths(entries)
    top = journal / folders.ARTIFACTS
    temporary = top / f".{folder[:100]}.{os.urandom(6).hex()}"
    (temporary / _FILES).mkdir(parents=True)
    try:
        told: list[dict[str, Any]] = []
        for i, (path, (entry, staged)) in enumerate(entries.items(), 1):
            row = {"path": path, **entry.to_json(), "file": None}
            if staged is not None:
                row["file"] = f"{i:06d}"
                shutil.move(staged, temporary / _FILES / f"{i:06d}")
            told.append(row)
        (temporary / SPOOL).write_bytes(orjson.dumps({"entries": told}))
        temporary.rename(top / folder)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def read_artifact_spool(folder: Path) -> list[tuple[FileEntry, Path | None]]:
    """The entries, each with its file; None: a reference.

    Raises:
        FileNotFoundError: it is in git by now.
        ValueError: it did not reach the disk as a whole.
    """
    rows = orjson.loads((folder / SPOOL).read_bytes())["entries"]
    found = []
    for row in rows:
        entry = FileEntry(
            checked_path(row["path"]),
            row["digest"],
            row["size"],
            row.get("ref"),
            row.get("extra") or {},
        )
        found.append((entry, folder / _FILES / row["file"] if row["file"] else None))
    return found


def _check_paths(entries: Mapping[str, Any]) -> None:
    for path in entries:
        above = path.rpartition("/")[0]
        while above:
            if above in entries:
                raise JournalProblem(f"an artifact cannot have both {above!r} and {path!r}")
            above = above.rpartition("/")[0]
