"""Checkpoints from files that a command writes by itself: `gitexp record --checkpoint GLOB`."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.journal import events, folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import encode_event
from gitexp.schema import names

_Stamp = tuple[int, int, int]  # inode, size, modification time in ns


class FileCheckpoints:
    """Watches globs, and spools a file as a checkpoint when it is new and stands still.

    Files that are there at the start count only once they change.
    """

    def __init__(self, folder: Path, globs: Sequence[str]) -> None:
        """Note what is there.

        Args:
            folder: the run's journal.
            globs: relative to the current folder; `**` matches folders.
        """
        self._folder = folder
        self._globs = [os.path.abspath(pattern) for pattern in globs]
        self._top = Path.cwd()
        self._taken: dict[Path, _Stamp] = self._look()
        self._seen: dict[Path, _Stamp] = {}
        self._count = 0

    def update(self, step: int | None, *, final: bool = False) -> None:
        """Take what is new.

        Args:
            step: the newest step, which the checkpoints are said to belong to.
            final: the command has ended, so nobody writes any more.
        """
        found = self._look()
        for path, stamp in sorted(found.items(), key=lambda item: (item[1][2], item[0])):
            if self._taken.get(path) == stamp:
                continue
            if final or self._seen.get(path) == stamp:
                self._taken[path] = stamp
                self._take(path, step)
        self._seen = found

    def _look(self) -> dict[Path, _Stamp]:
        found = {}
        for pattern in self._globs:
            for name in glob.iglob(pattern, recursive=True):
                try:
                    stat = os.stat(name)
                except OSError:
                    continue
                if not os.path.isdir(name):
                    found[Path(name)] = (stat.st_ino, stat.st_size, stat.st_mtime_ns)
        return found

    def _take(self, path: Path, step: int | None) -> None:
        from gitexp.journal.spool import spool_file

        self._count += 1
        label = self._label(path)
        spool = f"file-{self._count:06d}-{label}"
        try:
            spooled = spool_file(self._folder / folders.CHECKPOINTS / spool, path)
        except (GitexpError, OSError, ValueError) as error:
            line = encode_event(
                events.WARNING, message=f"{path.name} was not kept as a checkpoint: {error}"
            )
        else:
            line = encode_event(
                events.CHECKPOINT,
                label=label,
                step=step,
                folder=spool,
                bytes=spooled.bytes,
                tensors=spooled.tensors,
                metrics={},
            )
        file = LineFile(self._folder / folders.EVENTS)
        file.append(line)
        file.close()

    def _label(self, path: Path) -> str:
        """The file's path below the current folder, without its ending."""
        try:
            path = path.relative_to(self._top)
        except ValueError:
            path = Path(path.name)
        text = os.fsencode(path.with_suffix("")).decode("utf-8", "replace")
        return names.slug(text.replace("/", "-")) or f"file-{self._count}"
