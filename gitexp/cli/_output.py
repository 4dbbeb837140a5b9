"""Where results go: how wide the terminal is, whether it has colours, and what it can show."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass

from gitexp.render.terminal_list import runs_table, table_notes
from gitexp.schema.listing import Listing


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


def emit_table(listing: Listing, *, width: int | None, on: Screen) -> None:
    """Write a table, and to people what it leaves out, on stderr."""
    emit(runs_table(listing, width=width, colour=on.colour))
    if on.terminal:
        dim, plain = ("\x1b[2m", "\x1b[0m") if on.colour else ("", "")
        for line in table_notes(listing, width=width):
            sys.stderr.write(f"{dim}{line}{plain}\n")
