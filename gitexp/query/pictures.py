"""Pictures of an article, as data: URLs: files beside it, never anything from elsewhere."""

from __future__ import annotations

import base64
from pathlib import Path
from urllib.parse import unquote

_FILE_BYTES = 8 * 1024 * 1024
_ALL_BYTES = 32 * 1024 * 1024
_TYPES = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}


def picture_type(content: bytes) -> str | None:
    """The MIME type of a picture by its first bytes; None: it is none that browsers show."""
    for begin, kind in _TYPES.items():
        if content.startswith(begin):
            return kind
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    head = content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n")
    # In an <img> an SVG runs no script and loads nothing.
    if head.startswith((b"<svg", b"<?xml", b"<!--", b"<!DOCTYPE svg")) and b"<svg" in head:
        return "image/svg+xml"
    return None


def data_url(content: bytes) -> str | None:
    """A picture as a data: URL; None: it is none."""
    kind = picture_type(content)
    return kind and f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


class Pictures:
    """Reads pictures by the addresses that an article has for them.

    Args:
        folder: that the article is in.
        worktree: the repository's top folder, which pictures may lie in as well.
    """

    def __init__(self, folder: Path, worktree: Path | None) -> None:
        self._folder = folder
        self._tops = [folder, *([worktree.resolve()] if worktree else [])]
        self._room = _ALL_BYTES
        self._known: dict[Path, str] = {}

    def read(self, address: str) -> str:
        """What stands in the page for a picture.

        Raises:
            ValueError: there is no such picture here; the message says why.
        """
        if "://" in address or address.startswith(("data:", "//")):
            raise ValueError(
                f"{address[:80]!r} is not a file: save the picture beside the article"
            )
        try:
            path = (self._folder / unquote(address)).resolve()
            if not any(path.is_relative_to(top) for top in self._tops):
                raise ValueError(f"{address!r} is outside the article's folder and the repository")
            if path in self._known:
                return self._known[path]
            if path.stat().st_size > _FILE_BYTES:
                raise ValueError(f"{address!r} is larger than {_FILE_BYTES // 1024**2} MiB")
            content = path.read_bytes()
        except OSError as error:
            raise ValueError(f"cannot read {address!r}: {error.strerror}") from error
        url = data_url(content)
        if url is None:
            raise ValueError(f"{address!r} is no PNG, JPEG, GIF, WebP or SVG picture")
        self._room -= len(content)
        if self._room < 0:
            raise ValueError(f"the pictures are larger than {_ALL_BYTES // 1024**2} MiB together")
        self._known[path] = url
        return url
