"""Read the whole lines that were appended to a file since the last look."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson

_CHUNK_BYTES = 4 * 1024 * 1024


class LineTail:
    """Where a reader stands in a growing file of JSON lines.

    A line without its newline is left for the next look, as it may still be being written; a
    line that is no JSON object was torn by a crash or a full disk: it is dropped and counted.
    """

    def __init__(self, path: Path, offset: int = 0) -> None:
        self.path = path
        self.offset = offset  # bytes consumed, always at the start of a line
        self.torn = 0  # lines dropped

    def objects(self, *, final: bool = False) -> Iterator[dict[str, Any]]:
        """The objects that came since the last call.

        Args:
            final: nobody writes any more, so a last line without newline counts as torn
                unless it is whole.
        """
        for line in self._lines(final):
            if not line.strip():
                continue
            try:
                value = orjson.loads(line)
            except orjson.JSONDecodeError:
                self.torn += 1
                continue
            if isinstance(value, dict):
                yield value
            else:
                self.torn += 1

    def _lines(self, final: bool) -> Iterator[bytes]:
        try:
            file = self.path.open("rb")
        except OSError:
            return
        with file:
            file.seek(self.offset)
            rest = b""
            while chunk := file.read(_CHUNK_BYTES):
                lines = (rest + chunk).split(b"\n")
                rest = lines.pop()
                for line in lines:
                    self.offset += len(line) + 1
                    yield line
            if final and rest:
                self.offset += len(rest)
                yield rest
