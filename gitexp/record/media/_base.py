"""A logged value with files of its own, and the folder that they go to.

Files are named by their content, so that equal ones are one, and are whole when they appear
under their name. In metrics.jsonl stands {"_type": …, "path": "media/<key>/<hash>.<suffix>", …}.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from pathlib import Path
from typing import Any

from gitexp.journal.folders import UNFINISHED
from gitexp.schema import names


class MissingLibrary(ValueError):
    """A value that cannot be encoded without a library that is not installed."""

    def __init__(self, library: str, what: str) -> None:
        super().__init__(f"{what} needs {library}: pip install {library}")


class MediaFolder:
    """media/ of a journal."""

    def __init__(self, journal: Path) -> None:
        self._top = journal / names.MEDIA

    def put(self, key: str, data: bytes, suffix: str, digest: str | None = None) -> str:
        """Write a file for a metric's key.

        Args:
            key: as logged; slashes make folders.
            data: the content.
            suffix: of the file name, without the dot.
            digest: `digest_of` the content, where it is known.

        Returns:
            Its path in the run's tree.
        """
        folder = self._top / folder_of(key)
        name = f"{(digest or digest_of(data))[:20]}.{suffix}"
        path = folder / name
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            temporary = folder / f"{UNFINISHED}{os.getpid()}-{threading.get_ident()}-{name}"
            temporary.write_bytes(data)
            temporary.replace(path)
        return f"{names.MEDIA}/{path.relative_to(self._top).as_posix()}"


def digest_of(data: bytes) -> str:
    """SHA-256 in hex; a file's name begins with it."""
    return hashlib.sha256(data).hexdigest()


def folder_of(key: str) -> str:
    """A metric's key as a path below media/: "val/samples" stays, anything odd becomes a dash."""
    parts = (re.sub(r"[^\w.+-]+", "-", part).strip(".-")[:80] for part in key.split("/"))
    path = "/".join(part for part in parts if part) or "media"
    return f"{path}-" if path == "files" or path.startswith("files/") else path


class Media:
    """A value that log() keeps as files and a description."""

    def key_of(self, key: str) -> str:
        """The metric that it is kept as, of the key that it was logged under."""
        return key

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write the files; returns what stands in metrics.jsonl."""
        raise NotImplementedError


class FileMedia(Media):
    """One encoded file with some facts.

    Attributes:
        kind: `_type` in metrics.jsonl.
    """

    kind = "file"

    def __init__(self, data: bytes, suffix: str, **facts: Any) -> None:
        self._data = data
        self._suffix = suffix
        self._facts = {key: value for key, value in facts.items() if value is not None}

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write the file; returns what stands in metrics.jsonl."""
        digest = digest_of(self._data)
        path = folder.put(key, self._data, self._suffix, digest)
        told = {"path": path, "bytes": len(self._data), "sha256": digest}
        return {"_type": self.kind, **told, **self._facts}


def read_source(source: Any) -> tuple[bytes, str]:
    """A path or an open file → its content and its suffix, lower case, without the dot.

    Raises:
        OSError: it cannot be read.
    """
    if hasattr(source, "read"):
        if hasattr(source, "seek"):
            source.seek(0)
        data = source.read()
        name = str(getattr(source, "name", ""))
        return data.encode() if isinstance(data, str) else bytes(data), _suffix(name)
    path = Path(source)
    return path.read_bytes(), _suffix(path.name)


def _suffix(name: str) -> str:
    return "".join(Path(name).suffixes[-1:]).lstrip(".").lower()
