"""Files that a command wrote and that go into the run's tree: `gitexp record --keep GLOB`."""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from gitexp.schema import names

_Stamp = tuple[int, int, int]  # inode, size, modification time in ns


class KeptFiles:
    """Notes what is there before the command; takes what is new or changed after it."""

    def __init__(self, folder: Path, globs: Sequence[str], top: Path | None) -> None:
        """Note what is there.

        Args:
            folder: the run's journal.
            globs: relative to the current folder; `**` matches folders.
            top: the worktree's top: a file's path in the run is the one below it.
        """
        self._to = folder / names.OUTPUTS
        self._globs = [os.path.abspath(pattern) for pattern in globs]
        self._top = top
        self._before = self._look()

    def take(self) -> list[str]:
        """Copy the files into the journal.

        Returns:
            Their paths in the run's tree, below outputs/.
        """
        kept = []
        for path, stamp in sorted(self._look().items()):
            if self._before.get(path) == stamp:
                continue
            relative = self._relative(path)
            target = self._to / relative
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, target)
            except OSError:
                continue
            kept.append(relative)
        return kept

    def _relative(self, path: str) -> str:
        if self._top is not None:
            relative = os.path.relpath(os.path.realpath(path), os.path.realpath(self._top))
            if not relative.startswith(".."):
                return relative
        return os.path.basename(path)

    def _look(self) -> dict[str, _Stamp]:
        found = {}
        for pattern in self._globs:
            for name in glob.iglob(pattern, recursive=True):
                try:
                    status = os.stat(name)
                except OSError:
                    continue
                if os.path.isfile(name):
                    found[name] = (status.st_ino, status.st_size, status.st_mtime_ns)
        return found
