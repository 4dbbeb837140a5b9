"""Which process a journal belongs to, and whether it still lives."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gitexp.journal import folders

# A journal of another machine or container is left alone while it was written to lately.
_FOREIGN_SILENCE_S = 600.0


@dataclass(frozen=True, slots=True)
class ProcessIdentity:
    """A process that no later process can be mistaken for."""

    pid: int
    start: str  # start time in the kernel's own unit
    boot: str  # changes with every boot
    namespace: str  # pids mean something only within it
    host: str

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity | None:
        """A process of this machine; None if there is none of that pid."""
        start = _start_of(pid)
        if start is None:
            return None
        return cls(pid, start, _boot(), _namespace(), os.uname().nodename)

    @classmethod
    def from_json(cls, data: Mapping[str, Any] | None) -> ProcessIdentity | None:
        """As `asdict` wrote it; None if it is incomplete."""
        try:
            return cls(**data) if data else None
        except TypeError:
            return None

    def is_alive(self, folder: Path) -> bool:
        """Whether the process still runs.

        Args:
            folder: its journal; where pids cannot be compared, a journal that was written to
                within the last minutes counts as alive.
        """
        if self.boot == _boot() and self.namespace == _namespace():
            return _start_of(self.pid) == self.start
        if self.host == os.uname().nodename and self.boot != _boot():
            return False
        return time.time() - last_activity(folder) < _FOREIGN_SILENCE_S


def write_identity(folder: Path, pid: int) -> None:
    """State which process is the one that trains, for those who find the journal."""
    identity = ProcessIdentity.of(pid)
    if identity is not None:
        folders.write_json(folder / folders.TRAINING, asdict(identity))


def read_identity(folder: Path) -> ProcessIdentity | None:
    """The process that logs to the journal."""
    return ProcessIdentity.from_json(folders.read_json(folder / folders.TRAINING))


def last_activity(folder: Path) -> float:
    """When the journal was last written to, in seconds since the epoch."""
    files = (folders.METRICS, folders.EVENTS, folders.HARDWARE, folders.OUTPUT_RAW, folders.RUN)
    times = [0.0]
    for file in files:
        try:
            times.append((folder / file).stat().st_mtime)
        except OSError:
            continue
    return max(times)


class SupervisorLock:
    """Held by the one process that commits a journal; the kernel frees it when that dies."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / folders.LOCK
        self._descriptor: int | None = None

    def take(self, patience_s: float = 1.0) -> bool:
        """Take the lock; False if another process has it, or the journal is gone.

        Args:
            patience_s: how long to try: others look whether it is taken by taking it a moment.
        """
        deadline = time.monotonic() + patience_s
        while not (taken := self._try()) and time.monotonic() < deadline:
            if not self._path.parent.exists():
                break
            time.sleep(0.01)
        return taken

    def _try(self) -> bool:
        try:
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def free(self) -> None:
        """Let others commit."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def is_supervised(folder: Path) -> bool:
    """Whether a living process commits this journal."""
    lock = SupervisorLock(folder)
    if lock.take(patience_s=0):
        lock.free()
        return False
    return (folder / folders.LOCK).exists()


def _start_of(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None if Path("/proc/self/stat").exists() else _start_by_psutil(pid)
    fields = stat.rpartition(b")")[2].split()
    return None if fields[0] in (b"Z", b"X") else fields[19].decode()


def _start_by_psutil(pid: int) -> str | None:
    import psutil

    try:
        return str(psutil.Process(pid).create_time())
    except psutil.Error:
        return None


def _boot() -> str:
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        import psutil

        return str(int(psutil.boot_time()))


def _namespace() -> str:
    try:
        return os.readlink("/proc/self/ns/pid")
    except OSError:
        return ""
