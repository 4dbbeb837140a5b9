"""Resources inside an HTML file: JSON that no text can leave, and compressed chunks."""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

# The static page is not drawn where the app is about to replace it, and comes back if that fails.
HIDE = 'document.documentElement.classList.add("app")'
SHOW_IF_BROKEN = (
    'addEventListener("DOMContentLoaded",()=>{if(!document.getElementById("app").firstChild)'
    'document.documentElement.classList.remove("app")})'
)
_ESCAPES = {ord(sign): f"\\u{ord(sign):04x}" for sign in "<>&\u2028\u2029"}


def json_bytes(document: Any) -> bytes:
    """A document as JSON; what no JSON can hold becomes text that it can.

    NaN and the infinities, where no string stands for them already, become null.
    """
    try:
        return orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS)
    except TypeError:  # lone surrogates of odd file names, integers beyond 64 bits
        return orjson.dumps(_clean(document), option=orjson.OPT_NON_STR_KEYS)


def json_in_html(document: Any) -> str:
    """A document for the inside of a `<script type="application/json">`."""
    return json_bytes(document).decode().translate(_ESCAPES)


def chunk(content: bytes) -> str:
    """Base64 of the gzipped bytes, the same for the same bytes."""
    # Noise of curves gets no smaller by looking harder; JSON does.
    level = 6 if content[:1] in (b"{", b"[") else 1
    gzip = zlib.compressobj(level, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return base64.b64encode(gzip.compress(content) + gzip.flush()).decode("ascii")


class Chunks:
    """Resources by their path, compressed; equal contents are there once.

    Attributes:
        paths: path → id of the element.
        elements: id → what it holds.
        size: characters of all elements.
    """

    def __init__(self) -> None:
        self.paths: dict[str, str] = {}
        self.elements: dict[str, str] = {}
        self.size = 0
        self._known: dict[bytes, str] = {}

    def add(self, resources: Iterable[tuple[str, bytes]], limit: int) -> list[str]:
        """Take in resources as long as there is room.

        Args:
            resources: path and content; read to the end, compressed by several threads.
            limit: the most characters that all of these may take together.

        Returns:
            The paths that found no room.
        """
        listed = list(resources)
        left_out = []
        with ThreadPoolExecutor(4) as threads:
            for (path, content), text in zip(
                listed, threads.map(lambda pair: chunk(pair[1]), listed), strict=True
            ):
                digest = hashlib.sha256(content).digest()
                name = self._known.get(digest)
                if name is None:
                    if len(text) > limit:
                        left_out.append(path)
                        continue
                    limit -= len(text)
                    name = self._known[digest] = f"c{len(self.elements)}"
                    self.elements[name] = text
                    self.size += len(text)
                self.paths[path] = name
        return left_out


@dataclass(frozen=True, slots=True)
class App:
    """The app inside a page: its code, what it is told first, and its resources."""

    script: str
    style: str
    page: Mapping[str, Any]  # without chunks: they are those below
    chunks: Chunks = field(default_factory=Chunks)

    @property
    def runs_id(self) -> str:
        """The element that holds the list of runs."""
        return self.chunks.paths["runs"]

    @property
    def page_json(self) -> str:
        """What the element `gitexp-page` holds."""
        return json_in_html({**self.page, "chunks": self.chunks.paths})


def app_code(bundle: tuple[Path, Path]) -> tuple[str, str]:
    """The bundle's script and style as they stand inside a page.

    Args:
        bundle: their files.

    Raises:
        OSError: one cannot be read.
    """
    script, style = (path.read_text("utf-8") for path in bundle)
    # In a string of the script this would end the element; to JavaScript both are the same.
    script = script.replace("</script", "<\\/script").replace("<!--", "<\\!--")
    return script, style.replace("</style", "<\\/style")


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, dict):
        return {_clean(str(key)): _clean(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(item) for item in value]
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return float(value) if abs(value) < 1 << 1000 else str(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)
