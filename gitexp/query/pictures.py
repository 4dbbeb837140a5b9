"""Pictures as data: URLs: those beside an article, and those that runs logged."""

from __future__ import annotations

import base64
import fnmatch
import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from gitexp.query.app.files import media_file
from gitexp.query.runs import Found
from gitexp.render.app.media import paths_of
from gitexp.schema.view import Picture
from gitexp.store.repository import Repository

_FILE_BYTES = 8 * 1024 * 1024
_ALL_BYTES = 32 * 1024 * 1024
_LOGGED_BYTES = 1_000_000
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


def logged_pictures(
    repo: Repository,
    found: Found,
    items: Iterable[Mapping[str, Any]],
    limit: int,
    key: str | None = None,
) -> list[Picture]:
    """The last images that a run logged, small enough for a page.

    Args:
        repo: where.
        found: the run.
        items: its media, as `media_items` gives them.
        limit: how many at most.
        key: under which they were logged, or a glob; None: any.
    """
    images = [item for item in items if item["type"] == "image" and fits(key, item["key"])]
    pictures = []
    for item in images[-limit:] if limit > 0 else []:
        for path in itertools.islice(paths_of(item), 1):
            content = media_file(repo, found, path)
            source = data_url(content) if content and len(content) <= _LOGGED_BYTES else None
            if source is not None:
                words = f": {item['caption']}" if item.get("caption") else ""
                pictures.append(Picture(source, f"{item['key']}, step {item['step']:,}{words}"))
    return pictures


def fits(pattern: str | None, key: str) -> bool:
    """Whether a name or glob means a key; None means all."""
    return pattern is None or key == pattern or fnmatch.fnmatchcase(key, pattern)


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
