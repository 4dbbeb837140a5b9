"""What a run printed: kept raw as it comes, folded to what a person would have seen at the end."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.append import open_append
from gitexp.schema.redact import LineRedactor

# A credential is recognised within a line; what has no line end yet waits, up to this much.
_HELD_BYTES = 8192


class RawOutput:
    """Appends what was printed to output.raw, credentials replaced, whole lines at a time.

    Several streams may come in: what one prints in the middle of another's line goes before it.
    """

    def __init__(self, folder: Path) -> None:
        self._descriptor = open_append(folder / folders.OUTPUT_RAW)
        self._held: dict[int, bytes] = {}
        self._redactors: dict[int, LineRedactor] = {}

    def write(self, chunk: bytes, stream: int = 1) -> None:
        """Take in the next bytes; never raises, since output is shown whether kept or not."""
        held = self._held.get(stream, b"") + chunk
        end = held.rfind(b"\n") + 1
        if len(held) - end > _HELD_BYTES:  # a progress bar, or no text
            end = max(end, held.rfind(b"\r") + 1) or len(held)
        if end:
            self._append(held[:end], stream)
        self._held[stream] = held[end:]

    def close(self) -> None:
        """Write what waits for the end of its line, and close."""
        for stream, held in self._held.items():
            if held:
                self._append(held, stream)
        self._held.clear()
        os.close(self._descriptor)

    def _append(self, ready: bytes, stream: int) -> None:
        redactor = self._redactors.setdefault(stream, LineRedactor())
        text = redactor.feed(ready.decode("utf-8", "surrogateescape"))
        with contextlib.suppress(OSError):
            os.write(self._descriptor, text.encode("utf-8", "surrogateescape"))


class FoldedOutput:
    """Keeps output.log, the folded form of output.raw, up to date; one process at a time."""

    def __init__(self, folder: Path) -> None:
        from gitexp.schema.terminal import OutputFold

        self._raw = folder / folders.OUTPUT_RAW
        self._target = folder / folders.OUTPUT
        self._offset = 0
        self.settled = 0  # bytes of output.log that will not change any more
        self._fold = OutputFold()
        self._target.write_bytes(b"")

    def update(self) -> None:
        """Fold what was printed since the last call."""
        try:
            file = self._raw.open("rb")
        except OSError:
            return
        with file, self._target.open("r+b") as target:
            file.seek(self._offset)
            target.truncate(self.settled)
            target.seek(self.settled)
            while chunk := file.read(1 << 20):
                self._offset += len(chunk)
                self.settled += target.write(_encode(self._fold.feed(chunk)))
            # The lines that a progress bar may still redraw stand at the end for now.
            target.write(_encode(self._fold.rest()))


def read_output_tail(folder: Path, limit_bytes: int) -> str:
    """The end of what a running run has printed, folded."""
    try:
        with (folder / folders.OUTPUT_RAW).open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - limit_bytes))
            raw = file.read()
    except OSError:
        return ""
    from gitexp.schema.terminal import OutputFold

    fold = OutputFold()
    return fold.feed(raw) + fold.rest()


def _encode(text: str) -> bytes:
    return text.encode("utf-8", "replace")
