"""Which Python runs a command, told from outside."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

_SHEBANG_BYTES = 512


def interpreter_of(command: Sequence[str]) -> str | None:
    """The Python that a command starts: named by it, or in the script's first line.

    Args:
        command: as typed; the first word that is Python itself or a script for it decides.

    Returns:
        A path; None if no Python is seen.
    """
    for word in command:
        if re.fullmatch(r"(.*/)?(python|pypy)[\d.]*", word):
            return shutil.which(word)
        program = shutil.which(word)
        found = _shebang(Path(program)) if program else None
        if found is not None:
            return found
    return None


def _shebang(script: Path) -> str | None:
    try:
        with script.open("rb") as file:
            first = file.readline(_SHEBANG_BYTES)
    except OSError:
        return None
    if not first.startswith(b"#!"):
        return None
    words = first[2:].decode("utf-8", "replace").split()
    for word in words:
        if re.fullmatch(r"(.*/)?(python|pypy)[\d.]*", word):
            return shutil.which(word)
    return None
