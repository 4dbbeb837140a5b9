"""A FIFO in the journal by which the training process wakes the supervisor."""

from __future__ import annotations

import contextlib
import os
import select
from pathlib import Path

from gitexp.journal import folders


def make_wake(folder: Path) -> None:
    """Make the FIFO; where the file system has none, the supervisor's own tick must do."""
    with contextlib.suppress(OSError):
        os.mkfifo(folder / folders.WAKE, 0o666)


def wake(folder: Path) -> None:
    """Wake the supervisor; nothing happens if there is none."""
    try:
        descriptor = os.open(folder / folders.WAKE, os.O_WRONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return
    with contextlib.suppress(OSError):
        os.write(descriptor, b"!")
    os.close(descriptor)


class WakeReader:
    """The supervisor's end of the FIFO."""

    def __init__(self, folder: Path) -> None:
        self.descriptor: int | None = None
        with contextlib.suppress(OSError):
            # Read-write: with the last writer gone a read-only end would be readable for ever.
            self.descriptor = os.open(
                folder / folders.WAKE, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC
            )

    def wait(self, timeout_s: float, *others: int) -> bool:
        """Sleep until `wake` is called, one of the others is readable, or time is up.

        Returns:
            True if one of the others is readable.
        """
        watched = [d for d in (self.descriptor, *others) if d is not None]
        ready, _, _ = select.select(watched, [], [], max(0.0, timeout_s))
        if self.descriptor in ready:
            with contextlib.suppress(OSError):
                os.read(self.descriptor, 4096)
        return any(d in ready for d in others)

    def close(self) -> None:
        """Close our end."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
