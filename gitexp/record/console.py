"""In a bare script: what it prints through Python is kept in its journal too."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gitexp.journal.output import RawOutput
from gitexp.record.guard import report


class Console:
    """Listens to sys.stdout and sys.stderr; what they show does not change."""

    def __init__(self, folder: Path) -> None:
        self._raw = RawOutput(folder)
        self._undo: list[Callable[[], None]] = []
        for which, stream in enumerate((sys.stdout, sys.stderr), 1):
            self._listen(stream, which)

    def _listen(self, stream: Any, which: int) -> None:
        original = getattr(stream, "write", None)
        if original is None:  # no console at all: pythonw, a closed stream
            return

        def write(text: Any) -> Any:
            written = original(text)
            try:
                if self._undo and isinstance(text, str):
                    self._raw.write(text.encode("utf-8", "replace"), which)
            except Exception as error:  # noqa: BLE001 - printing never fails because of us
                report(error, "keeping the output")
            return written

        try:
            stream.write = write
        except AttributeError:
            return

        def undo() -> None:
            # Somebody may have wrapped it again: then it stays as it is.
            if getattr(stream, "write", None) is write:
                try:
                    del stream.write
                except AttributeError:
                    stream.write = original

        self._undo.append(undo)

    def close(self) -> None:
        """Stop listening."""
        for undo in self._undo:
            undo()
        self._undo.clear()
        with contextlib.suppress(OSError):  # a script that closes all descriptors has been here
            self._raw.close()
