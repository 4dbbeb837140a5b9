"""Resources inside an HTML file: JSON that no text can leave, and compressed chunks."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import orjson

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
    return base64.b64encode(gzip.compress(content, 6, mtime=0)).decode("ascii")


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
