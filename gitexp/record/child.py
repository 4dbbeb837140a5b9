"""Run a command as if we were not there: its terminal, its pipes, its signals, its exit code."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import termios
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.record.standby import Standby

_PASSED_ON = (
    signal.SIGINT,
    signal.SIGTERM,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGWINCH,
)
_FROM_A_TERMINAL = (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP)
_CHUNK_BYTES = 1 << 16
# After the command's end: how long output of the processes that it leaves behind is waited for.
_LINGER_S = 0.2


class CommandNotFound(GitexpError):
    """The command cannot be started; the exit code is a shell's, 127 or 126."""

    def __init__(self, command: str, error: OSError) -> None:
        missing = isinstance(error, FileNotFoundError)
        self.exit_code = 127 if missing else 126
        why = "command not found" if missing else (error.strerror or str(error)).lower()
        super().__init__(f"{command}: {why}")


@dataclass(slots=True)
class _Stream:
    """What the command writes to one of its descriptors, and where it is shown."""

    source: int
    target: int
    open: bool = True


class Child:
    """One command with its output relayed through us.

    Where our stdout or stderr is a terminal, the command gets a pseudo-terminal of the same size
    for it (without output processing: the real one does that), where it is not, a pipe. Its
    stdin is ours. On a terminal it stays in our process group, so that Ctrl-C and Ctrl-Z reach it
    from the terminal itself; elsewhere it gets a group of its own, and every signal that we get is
    passed on exactly once.
    """

    def __init__(self, folder: Path, keep: Callable[[bytes, int], None]) -> None:
        """Open pipes and pseudo-terminals and fork the standby; call before threads start.

        Args:
            folder: the journal, for the standby.
            keep: gets all output as it comes, with the descriptor that it was written to.
        """
        self._keep = keep
        self._terminals: list[tuple[int, int]] = []  # (master, the real terminal)
        self._streams: list[_Stream] = []
        self._ends: dict[int, int] = {}  # the command's descriptor → its end of the stream
        self._open_streams()
        self._on_terminal = _in_foreground()
        self.interrupted = False
        self._standby = Standby(folder, [(s.source, s.target) for s in self._streams])
        self._process: subprocess.Popen[bytes] | None = None

    def _open_streams(self) -> None:
        by_terminal: dict[str, int] = {}
        for target in (1, 2):
            name = _terminal_name(target)
            if name is None:
                source, end = os.pipe()
                self._streams.append(_Stream(source, target))
            elif name in by_terminal:
                end = by_terminal[name]
            else:
                source, end = pty.openpty()
                _copy_terminal(target, source, end)
                self._terminals.append((source, target))
                self._streams.append(_Stream(source, target))
                by_terminal[name] = end
            self._ends[target] = end

    @property
    def pid(self) -> int:
        """The command's process."""
        assert self._process is not None
        return self._process.pid

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the command.

        Raises:
            CommandNotFound: it cannot be started.
        """
        # Blocked before any of our threads starts, so that one of them can wait for signals.
        signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
        try:
            self._process = subprocess.Popen(
                list(command),
                env=dict(environment),
                stdout=self._ends[1],
                stderr=self._ends[2],
                preexec_fn=self._before_exec,
                restore_signals=True,
            )
        except OSError as error:
            self._standby.dismiss()
            raise CommandNotFound(command[0], error) from error
        finally:
            for end in set(self._ends.values()):
                os.close(end)
        threading.Thread(target=self._pass_signals, daemon=True).start()

    def _before_exec(self) -> None:
        if not self._on_terminal:
            os.setpgid(0, 0)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)

    def wait(self) -> tuple[int, float]:
        """Relay the output until the command has ended.

        Returns:
            The return code, negative for a signal, and the time of the end since the epoch.
        """
        assert self._process is not None
        ended, alarm = os.pipe()
        threading.Thread(target=self._await_process, args=(alarm,), daemon=True).start()
        ended_s: float | None = None
        while True:
            timeout = None if ended_s is None else _LINGER_S
            sources = [s.source for s in self._streams if s.open]
            watched = sources if ended_s is not None else [*sources, ended]
            if not watched:
                break
            ready, _, _ = select.select(watched, [], [], timeout)
            if ended in ready:
                ended_s = time.time()
                continue
            if not ready:
                break
            for stream in self._streams:
                if stream.source in ready:
                    self._relay(stream)
        os.close(ended)
        return self._process.returncode, ended_s or time.time()

    def close(self) -> None:
        """Let the standby go; the output of processes left behind is its business now."""
        self._standby.dismiss()
        for stream in self._streams:
            if stream.open:
                os.close(stream.source)

    def _await_process(self, alarm: int) -> None:
        assert self._process is not None
        self._process.wait()
        os.close(alarm)

    def _relay(self, stream: _Stream) -> None:
        try:
            chunk = os.read(stream.source, _CHUNK_BYTES)
        except OSError as error:
            if error.errno != errno.EIO:  # a pseudo-terminal's way to say end of file
                raise
            chunk = b""
        if not chunk:
            self._close_stream(stream)
            return
        if not _write_all(stream.target, chunk):
            # Our reader went away: the command must notice, as it would without us.
            self._close_stream(stream)
            self._standby.close_stream(self._streams.index(stream))
        self._keep(chunk, stream.target)

    def _close_stream(self, stream: _Stream) -> None:
        os.close(stream.source)
        stream.open = False

    # Signals ----------------------------------------------------------------------------------

    def _pass_signals(self) -> None:
        while True:
            number, by_process = _next_signal()
            if number == signal.SIGWINCH:
                # Then told once more: the terminal's own word may have come before the new size.
                for master, terminal in self._terminals:
                    _copy_size(terminal, master)
            if number == signal.SIGINT:
                self.interrupted = True
            from_terminal = number in _FROM_A_TERMINAL and not by_process
            if not (self._on_terminal and from_terminal):
                with contextlib.suppress(ProcessLookupError):
                    os.kill(self.pid, number)


def _next_signal() -> tuple[int, bool]:
    """The next blocked signal, and whether a process sent it (else the terminal did)."""
    if hasattr(signal, "sigwaitinfo"):
        info = signal.sigwaitinfo(_PASSED_ON)
        return info.si_signo, info.si_code <= 0
    return signal.sigwait(_PASSED_ON), False


def _in_foreground() -> bool:
    """Whether one of our descriptors is a terminal that we are in the foreground of."""
    for descriptor in (0, 1, 2):
        try:
            if os.tcgetpgrp(descriptor) == os.getpgrp():
                return True
        except OSError:
            continue
    return False


def _terminal_name(descriptor: int) -> str | None:
    try:
        return os.ttyname(descriptor) if os.isatty(descriptor) else None
    except OSError:
        return None


def _copy_terminal(terminal: int, master: int, end: int) -> None:
    """Give a pseudo-terminal the settings and the size of a real one."""
    with contextlib.suppress(OSError, termios.error):
        settings = termios.tcgetattr(terminal)
        settings[1] &= ~termios.OPOST
        settings[3] &= ~termios.ECHO
        termios.tcsetattr(end, termios.TCSANOW, settings)
    _copy_size(terminal, master)


def _copy_size(terminal: int, master: int) -> None:
    with contextlib.suppress(OSError):
        size = fcntl.ioctl(terminal, termios.TIOCGWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
        fcntl.ioctl(master, termios.TIOCSWINSZ, size)


def _write_all(descriptor: int, chunk: bytes) -> bool:
    """Write to our own stdout or stderr; False if nobody reads it any more."""
    view = memoryview(chunk)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except BlockingIOError:
            select.select([], [descriptor], [])
        except OSError:
            return False
    return True
