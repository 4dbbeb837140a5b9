"""A process that waits for the supervisor's death, so that a training never writes to nobody.

The supervisor of `gitexp record` reads the training's output through a pipe or a pseudo-terminal.
If the supervisor is killed, the next print would kill or block the training. So a forked child of
the supervisor holds the reading ends too, asleep. When the supervisor goes without a word, it
reads on, to the terminal and the journal, and has another supervisor adopt the run.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
from collections.abc import Sequence
from pathlib import Path

from gitexp.journal.output import RawOutput
from gitexp.record.spawn import spawn_background

_DONE, _CLOSE = b"q", b"x"


class Standby:
    """The supervisor's end; made by fork, so before any thread starts."""

    def __init__(self, folder: Path, streams: Sequence[tuple[int, int]]) -> None:
        """Fork.

        Args:
            folder: the journal.
            streams: pairs of (descriptor to read, descriptor to show it on).
        """
        ours, theirs = os.pipe()
        pid = os.fork()
        if pid == 0:
            status = 1
            try:
                os.close(theirs)
                _stand_by(folder, ours, list(streams))
                status = 0
            finally:
                # Nothing of the parent's may run here: no atexit, no flush of its buffers.
                os._exit(status)
        os.close(ours)
        self._control = theirs
        self._pid = pid

    def close_stream(self, which: int) -> None:
        """Let go of a stream that nobody reads any more, so that its writer is told."""
        with contextlib.suppress(OSError):
            os.write(self._control, _CLOSE + bytes([which]))

    def dismiss(self) -> None:
        """The supervisor is done; whatever a daemon of the training still prints is shown."""
        with contextlib.suppress(OSError):
            os.write(self._control, _DONE)
        with contextlib.suppress(OSError):
            os.close(self._control)
        with contextlib.suppress(OSError):
            os.waitpid(self._pid, os.WNOHANG)


def _stand_by(folder: Path, control: int, streams: list[tuple[int, int]]) -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGPIPE):
        signal.signal(number, signal.SIG_IGN)
    os.setsid()
    _close_others({control, 1, 2, *(d for pair in streams for d in pair)})
    open_streams: list[tuple[int, int] | None] = list(streams)
    while True:
        word = os.read(control, 1)
        if word != _CLOSE:
            break
        which = os.read(control, 1)[0]
        pair = open_streams[which]
        if pair is not None:
            os.close(pair[0])
            open_streams[which] = None
    remaining = [pair for pair in open_streams if pair is not None]
    if word == _DONE:
        _drain(remaining, None)
    else:
        _take_over(folder, remaining)


def _take_over(folder: Path, streams: list[tuple[int, int]]) -> None:
    with contextlib.suppress(OSError):
        spawn_background(folder)
    try:
        raw = RawOutput(folder)
    except OSError:
        _drain(streams, None)
        return
    _drain(streams, raw)
    raw.close()


def _drain(streams: list[tuple[int, int]], raw: RawOutput | None) -> None:
    """Show (and keep) what comes until all writers are gone."""
    shown = dict(streams)
    while shown:
        ready, _, _ = select.select(list(shown), [], [])
        for descriptor in ready:
            try:
                chunk = os.read(descriptor, 1 << 16)
            except OSError:  # a pseudo-terminal's way to say end of file
                chunk = b""
            if not chunk:
                os.close(descriptor)
                del shown[descriptor]
                continue
            with contextlib.suppress(OSError):
                os.write(shown[descriptor], chunk)
            if raw is not None:
                raw.write(chunk, shown[descriptor])


def _close_others(keep: set[int]) -> None:
    limit = os.sysconf("SC_OPEN_MAX")
    try:
        descriptors = [int(name) for name in os.listdir("/dev/fd")]
    except OSError:
        descriptors = list(range(min(limit, 4096)))
    for descriptor in descriptors:
        if descriptor not in keep:
            with contextlib.suppress(OSError):
                os.close(descriptor)
