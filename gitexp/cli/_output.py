"""Where results go: how wide the terminal is, whether it has colours, and what it can show."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Screen:
    """What stdout is."""

    terminal: bool
    width: int | None  # cells; None: not a terminal, nothing is cut
    colour: bool


def screen() -> Screen:
    """Look at stdout and the environment: NO_COLOR, FORCE_COLOR, TERM, COLUMNS."""
    terminal = sys.stdout.isatty()
    width = max(20, shutil.get_terminal_size((100, 24)).columns) if terminal else None
    if os.environ.get("NO_COLOR"):
        colour = False
    elif os.environ.get("FORCE_COLOR"):
        colour = True
    else:
        colour = terminal and os.environ.get("TERM") != "dumb"
    return Screen(terminal, width, colour)


def emit(text: str) -> None:
    """Write to stdout; what its encoding does not have is replaced."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()


def emit_bytes(content: bytes) -> None:
    """Write bytes to stdout as they are."""
    sys.stdout.flush()
    sys.stdout.buffer.write(content)
    sys.stdout.buffer.flush()


def note(text: str, on: Screen) -> None:
    """A remark on what was shown; on stderr, and only for people."""
    if on.terminal:
        dim, plain = ("\x1b[2m", "\x1b[0m") if on.colour else ("", "")
        print(f"{dim}{text}{plain}", file=sys.stderr)  # noqa: T201
