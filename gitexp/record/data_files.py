"""The files that a run reads and writes: found, hashed in the background, listed in run.json.

`capture.inputs` in run.json is an array of {"path", "bytes", "modified", "sha256"}, the first by
path. An input lies outside the repository, or in it but not in code/ (ignored, or too large), and
was there before the run. `capture.outputs` is the same of files that the run wrote below the
worktree's top, without the hash. A folder of many files is one entry, its path ends in a slash,
and `files` says how many they are.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gitexp.errors import GitexpError
from gitexp.journal import events, folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import encode_event
from gitexp.journal.tail import LineTail
from gitexp.record.kept_files import KeptFiles
from gitexp.record.written import written_since
from gitexp.schema import clock
from gitexp.schema.data_files import folded
from gitexp.store.repository import Repository
from gitexp.store.written_files import remember_written

_CHUNK_BYTES = 1 << 20
# Hashing takes no more than this share of a core while the command runs.
_SHARE = 0.2
_FINAL_S = 2.0
_SAY_EVERY_S = 10.0


class DataFiles:
    """Follows what Python processes tell of their files; one thread hashes."""

    def __init__(
        self, repo: Repository, folder: Path, limit_bytes: int, globs: Sequence[str] = ()
    ) -> None:
        """Nothing is read before `update`.

        Args:
            repo: the run's.
            folder: its journal.
            limit_bytes: of contents that are hashed.
            globs: files that go into the run's tree at the end.
        """
        self._repo = repo
        self._folder = folder
        self._budget = limit_bytes
        self._kept = KeptFiles(folder, globs, repo.worktree)
        self._lines = LineTail(folder / folders.FILES)
        self._began_s = time.time()
        self._looking = False
        self._read: dict[str, dict[str, Any]] = {}
        self._wrote: dict[str, None] = {}
        self._states: dict[str, tuple[int, float]] = {}  # size and time when it was opened
        self._hashes: dict[str, str] = {}
        self._code: set[str] | None = None
        self._said: dict[str, Any] = {}
        self._said_s = time.monotonic()
        self._hurry = self._stop = False
        self._wanted = threading.Condition()
        self._queue: list[str] = []
        self._thread: threading.Thread | None = None

    def update(self) -> None:
        """Take in what is new."""
        for line in self._lines.objects():
            self._take(line)
        if time.monotonic() - self._said_s >= _SAY_EVERY_S:
            self._say(self._found())

    def finish(self) -> None:
        """The command has ended: hash what little is left, look for outputs, say it all."""
        self.update()
        if self._thread is not None:
            with self._wanted:
                self._hurry = True
                self._wanted.notify()
            self._thread.join(_FINAL_S)
            self._stop = True
        found = self._found()
        if not self._looking and self._repo.worktree is not None:
            paths = written_since(self._repo.worktree, self._began_s)
            found["outputs"] = folded(filter(None, map(self._output, paths)))
        self._remember()
        kept = self._kept.take()
        if kept:
            found["kept"] = kept
        self._say(found)

    def _remember(self) -> None:
        # What is only known by its time, of a command that nobody looks into, may be the user's.
        inside = filter(None, map(self._inside, self._wrote))
        with contextlib.suppress(OSError):
            remember_written(self._repo, inside)

    # Reading ----------------------------------------------------------------------------------

    def _take(self, line: dict[str, Any]) -> None:
        self._looking = self._looking or "looking" in line
        if isinstance(path := line.get("wrote"), str):
            if self._inside(path) is not None:
                self._wrote[path] = None
        elif isinstance(path := line.get("read"), str) and path not in self._read:
            if not self._is_input(path, float(line["modified_s"])):
                return
            self._states[path] = (int(line["bytes"]), float(line["modified_s"]))
            self._read[path] = {
                "path": self._inside(path) or path,
                "bytes": int(line["bytes"]),
                "modified": clock.to_iso(float(line["modified_s"])),
                "sha256": None,
            }
            if line["bytes"] <= self._budget:
                self._budget -= int(line["bytes"])
                self._hash_later(path)

    def _inside(self, path: str) -> str | None:
        """The path below the worktree's top; None if it is elsewhere."""
        top = self._repo.worktree
        if top is None:
            return None
        relative = os.path.relpath(os.path.realpath(path), os.path.realpath(top))
        return None if relative.startswith("..") else relative.replace(os.sep, "/")

    def _is_input(self, path: str, modified_s: float) -> bool:
        if path in self._wrote or modified_s >= self._began_s:
            return False
        relative = self._inside(path)
        return relative is None or relative not in self._in_code()

    def _in_code(self) -> set[str]:
        """What the snapshot holds: files there are no inputs, they are code."""
        if self._code is None:
            tree = (folders.read_json(self._folder / folders.SNAPSHOT) or {}).get("code_tree")
            listed = b""
            if tree:
                try:
                    listed = self._repo.git("ls-tree", "-r", "-z", "--name-only", str(tree))
                except GitexpError:
                    listed = b""
            self._code = {os.fsdecode(name) for name in listed.split(b"\0")}
        return self._code

    # Hashing ----------------------------------------------------------------------------------

    def _hash_later(self, path: str) -> None:
        with self._wanted:
            self._queue.append(path)
            self._wanted.notify()
        if self._thread is None:
            self._thread = threading.Thread(target=self._hash_all, daemon=True)
            self._thread.start()

    def _hash_all(self) -> None:
        while True:
            with self._wanted:
                while not self._queue and not self._hurry:
                    self._wanted.wait()
                if not self._queue:
                    return
                path = self._queue.pop(0)
            digest = self._hash(path)
            if digest is not None:
                self._hashes[path] = digest

    def _hash(self, path: str) -> str | None:
        digest = hashlib.sha256()
        try:
            with open(path, "rb") as file:
                before = os.fstat(file.fileno())
                while True:
                    start = time.monotonic()
                    block = file.read(_CHUNK_BYTES)
                    digest.update(block)
                    if not block:
                        break
                    if self._stop:
                        return None
                    if not self._hurry:
                        time.sleep((time.monotonic() - start) * (1 / _SHARE - 1))
                after = os.fstat(file.fileno())
        except OSError:
            return None
        same = (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
        # What was written over meanwhile is not what was read.
        same = same and (before.st_size, before.st_mtime) == self._states[path]
        return digest.hexdigest() if same else None

    # Saying -----------------------------------------------------------------------------------

    def _found(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if self._read:
            found["inputs"] = folded(
                {**entry, "sha256": self._hashes.get(path)} for path, entry in self._read.items()
            )
        if outputs := folded(filter(None, map(self._output, self._wrote))):
            found["outputs"] = outputs
        return found

    def _output(self, path: str) -> dict[str, Any] | None:
        try:
            status = os.stat(path)
        except OSError:
            return None
        if not os.path.isfile(path) or status.st_mtime < self._began_s - 1:
            return None
        modified = clock.to_iso(status.st_mtime)
        return {"path": self._inside(path) or path, "bytes": status.st_size, "modified": modified}

    def _say(self, found: dict[str, Any]) -> None:
        self._said_s = time.monotonic()
        new = {key: value for key, value in found.items() if self._said.get(key) != value}
        if new:
            self._said |= new
            file = LineFile(self._folder / folders.EVENTS)
            file.append(encode_event(events.CAPTURE, values=new))
            file.close()
