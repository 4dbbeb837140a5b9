"""The command line in a process of its own, as a user runs it."""

from __future__ import annotations

import json
import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

GITEXP = (sys.executable, "-m", "gitexp")


def gitexp(
    *args: str | bytes,
    cwd: Path | None = None,
    input: bytes | None = b"",
    env: Mapping[str, str] | None = None,
    code: int | None = 0,
) -> subprocess.CompletedProcess[bytes]:
    """Run gitexp; an exit code other than `code` (None: any) fails the test."""
    done = subprocess.run(
        [*GITEXP, *args],
        cwd=cwd,
        input=input,
        env={**os.environ, **(env or {})},
        capture_output=True,
        timeout=120,
    )
    if code is not None:
        assert done.returncode == code, (args, done.stdout, done.stderr.decode())
    return done


def start_gitexp(*args: str, **options: Any) -> subprocess.Popen[bytes]:
    """Start gitexp with pipes."""
    options.setdefault("stdin", subprocess.DEVNULL)
    options.setdefault("stdout", subprocess.PIPE)
    options.setdefault("stderr", subprocess.PIPE)
    return subprocess.Popen([*GITEXP, *args], **options)


def runs_of(top: Path) -> list[dict[str, Any]]:
    """All runs as `gitexp ls --json` tells them."""
    found = json.loads(gitexp("ls", "--json", "-n", "0", cwd=top).stdout)
    assert isinstance(found, list)
    return found


def wait_for(condition: Callable[[], Any], timeout_s: float = 30) -> Any:
    """The first true value of the condition; a condition that stays false fails the test."""
    deadline = time.monotonic() + timeout_s
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError(f"not true within {timeout_s} s: {condition}")


class Terminal:
    """A command on a pseudo-terminal, whose keyboard and screen the test has."""

    def __init__(self, command: Sequence[str], cwd: Path | None = None) -> None:
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            if cwd is not None:
                os.chdir(cwd)
            os.execvp(command[0], list(command))
        self.screen = b""

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self.master, keys)

    def read_until(self, text: bytes, timeout_s: float = 30) -> bytes:
        """Wait until the screen has shown a text."""
        deadline = time.monotonic() + timeout_s
        while text not in self.screen:
            left = deadline - time.monotonic()
            assert left > 0, (text, self.screen)
            if not self._read(left):
                assert text in self.screen, (text, self.screen)
        return self.screen

    def wait(self, timeout_s: float = 30) -> int:
        """Read to the end; the exit code, negative for a signal."""
        deadline = time.monotonic() + timeout_s
        while self._read(max(0.0, deadline - time.monotonic())):
            assert time.monotonic() < deadline, self.screen
        os.close(self.master)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self, timeout_s: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], timeout_s)
        if not ready:
            return True
        try:
            chunk = os.read(self.master, 65536)
        except OSError:
            return False
        self.screen += chunk
        return bool(chunk)
