"""The part of a file that a browser asks for: players of sound and video seek that way."""

from __future__ import annotations

import re

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")


class NoSuchPart(Exception):
    """The range begins behind the file's end."""


def part_of(header: str | None, size: int) -> range | None:
    """The bytes that a `Range` header asks for; None: all, as it asks for no or for many parts.

    Args:
        header: such as `bytes=0-99`, `bytes=100-`, `bytes=-100`.
        size: of the file, bytes.

    Raises:
        NoSuchPart: none of them is in the file.
    """
    found = _RANGE.fullmatch((header or "").strip())
    if found is None or found[0] == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        begin, end = max(0, size - int(last)), size
    else:
        begin, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < begin:
            return None  # no range at all: it is to be ignored
    if begin >= end:
        raise NoSuchPart
    return range(begin, end)
