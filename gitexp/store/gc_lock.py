"""One garbage collection at a time, git's own among them."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator

from gitexp.errors import GcRunning
from gitexp.store.advance import running_gc
from gitexp.store.repository import Repository

FILE = "gc.lock"


@contextlib.contextmanager
def hold_gc(repo: Repository, wait_s: float = 60) -> Iterator[None]:
    """Keep every other gc out while the block runs.

    A second `gitexp gc` finds a lock that the kernel frees when its holder dies. `git gc` finds
    its own mark, gc.pid, and leaves; whoever moves a run's ref meanwhile waits for that mark to
    go, and then looks whether all of the run is still there (`advance`).

    Args:
        repo: where.
        wait_s: how long a `git gc` that runs already is waited for.

    Raises:
        GcRunning: another gc does not end.
        OSError: the repository cannot be written to.
    """
    repo.gitexp_dir.mkdir(exist_ok=True)
    descriptor = os.open(repo.gitexp_dir / FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise GcRunning("another `gitexp gc` runs in this repository") from error
        mark = _mark(repo, wait_s)
        try:
            yield
        finally:
            if _read(repo) == mark:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(repo.common_dir / "gc.pid")
    finally:
        os.close(descriptor)


def _mark(repo: Repository, wait_s: float) -> bytes:
    """Write gc.pid as git does: its lock first, then a look whether somebody is at it."""
    path = repo.common_dir / "gc.pid"
    lock = repo.common_dir / "gc.pid.lock"
    mark = f"{os.getpid()} {os.uname().nodename}".encode()
    deadline = time.monotonic() + wait_s
    while True:
        with contextlib.suppress(FileExistsError):
            descriptor = os.open(lock, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
            try:
                os.write(descriptor, mark)
                if running_gc(repo) is None:
                    os.rename(lock, path)
                    return mark
            finally:
                os.close(descriptor)
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(lock)
        if time.monotonic() >= deadline:
            who = _read(repo).decode("ascii", "replace") or f"see {lock}"
            raise GcRunning(f"a `git gc` runs in this repository ({who})")
        time.sleep(0.1)


def _read(repo: Repository) -> bytes:
    try:
        return (repo.common_dir / "gc.pid").read_bytes()
    except OSError:
        return b""
