"""Whether a run's ref moved, told from a few time stamps, without a process."""

from __future__ import annotations

import os
import time
from pathlib import Path

from gitexp.schema.names import REF_PREFIX

# A file system may count time in steps of that size: two changes within one look like one.
_COARSE_S = 1.5


class RefStamps:
    """Time stamps of where git keeps refs/experiments/: folders of loose refs, packed ones."""

    def __init__(self, common_dir: Path) -> None:
        self._top = os.path.join(common_dir, *REF_PREFIX.strip("/").split("/"))
        self._files = [
            os.path.join(common_dir, "packed-refs"),
            os.path.join(common_dir, "reftable", "tables.list"),
        ]
        self._stamps: dict[str, int] = {}
        self._moved_at = 0.0

    def moved(self) -> bool:
        """Whether a ref may have moved since the last call; the first time, yes."""
        stamps = {path: _mtime(path) for path in self._files}
        for folder in self._folders():
            stamps[folder] = _mtime(folder)
        if stamps != self._stamps:
            self._stamps, self._moved_at = stamps, time.monotonic()
        return time.monotonic() - self._moved_at < _COARSE_S

    def _folders(self) -> list[str]:
        """Folders of loose refs; a folder whose stamp is as it was has no new ones in it."""
        known = [path for path in self._stamps if path not in self._files]
        if known and all(_mtime(path) == self._stamps[path] for path in known):
            return known
        return [folder for folder, _, _ in os.walk(self._top)] or [self._top]


def _mtime(path: str) -> int:
    try:
        return os.stat(path).st_mtime_ns
    except OSError:
        return 0
