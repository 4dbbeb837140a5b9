"""Text on a command line → a typed value: `1e-3` a float, `[64, 64]` a list, `adam` a string."""

from __future__ import annotations

import ast
import json
import math
import re
from typing import Any

_INT = re.compile(r"[+-]?(0|[1-9](_?\d)*)")
_FLOAT = re.compile(r"[+-]?(\d(_?\d)*\.?(\d(_?\d)*)?|\.\d(_?\d)*)(e[+-]?\d+)?", re.IGNORECASE)
_NON_FINITE = re.compile(r"[+-]?(inf|infinity|nan)|[+-]?\.(inf|nan)", re.IGNORECASE)
_CONSTANTS = {"true": True, "false": False, "none": None, "null": None}
_LONGEST_INT = 4000  # digits: Python refuses to read more


def typed_value(text: str) -> Any:
    """The value that a text means.

    Integers (without leading zeros: `007` is a name), floats, `inf` and `nan`, true and false,
    none and null, quoted strings, and lists and mappings as JSON or Python write them, or as
    Hydra does (`[adam,sgd]`). Everything else is the text itself; `yes` and `on` are words.
    """
    stripped = text.strip()
    if stripped.lower() in _CONSTANTS:
        return _CONSTANTS[stripped.lower()]
    if _INT.fullmatch(stripped) and len(stripped) < _LONGEST_INT:
        return int(stripped)
    if is_number(stripped):
        value = float(stripped.lower().replace(".inf", "inf").replace(".nan", "nan"))
        # 12e4567 is rather a commit's abbreviated id than an infinity.
        return text if math.isinf(value) and not _NON_FINITE.fullmatch(stripped) else value
    if stripped[:1] + stripped[-1:] in ("[]", "{}", "()", "''", '""') and len(stripped) > 1:
        return _structure(stripped, text)
    return text


def is_number(text: str) -> bool:
    """Whether a text is a float; `007` and `1e` are not."""
    if re.match(r"[+-]?0\d", text):
        return False
    return bool(_FLOAT.fullmatch(text) or _NON_FINITE.fullmatch(text))


def _structure(stripped: str, text: str) -> Any:
    for read in (json.loads, ast.literal_eval):
        try:
            return _plain(read(stripped))
        except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError):
            continue
    inner = stripped[1:-1]
    if stripped[0] == "[" and not re.search(r"[\[\]{}()'\":]", inner):
        return [typed_value(item.strip()) for item in inner.split(",")]
    return text


def _plain(value: Any) -> Any:
    """A literal as JSON can hold it: tuples and sets become lists, keys strings.

    Raises:
        TypeError: it holds something else (bytes, complex numbers).
    """
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, set):
        return sorted((_plain(item) for item in value), key=repr)
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(type(value).__name__)
