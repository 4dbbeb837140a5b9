"""JSON lines and printed dicts: `{'loss': 0.52, 'epoch': 1.0}` → a reading."""

from __future__ import annotations

import ast
import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from gitexp.capture.printed.reading import MAPPING, Axis, Reading, axis_of, phase_of, word_set
from gitexp.schema.tree import flatten

# As reprs of numpy and torch have them; ast reads literals only.
_WRAPPED = re.compile(
    r"\b(?:np\.|numpy\.)?(?:float|int|uint)\d+\((-?[\w.+-]+)\)|\btensor\(\s*(-?[\d.e+-]+)[^()]*\)"
)
_NON_FINITE = re.compile(r"(?<=[:\s\[(,])(-?(?:nan|inf))(?=\s*[,}\])])")
_CLOCKS = word_set("_time time_stamp timestamp ts asctime created unix_time _timestamp pid")
_LONGEST = 4096
_ALL_DIGITS = 12


def read_mapping(text: str) -> tuple[Reading | None, str]:
    """A mapping at the end of a line, and what stands before it; None if there is none."""
    start = text.find("{")
    if start < 0 or not text.endswith("}") or len(text) > _LONGEST:
        return None, text
    data = _parse(text[start:])
    if not data:
        return None, text
    return reading_of(data, phase_of(text[:start])), text[:start]


def reading_of(data: Mapping[str, Any], phase: str = "") -> Reading | None:
    """The numbers of a mapping; None if there is nothing to read but the axes."""
    reading = Reading(MAPPING, phase=phase)
    for key, value in flatten(data).items():
        number = _number(value)
        if number is None or key.lower() in _CLOCKS:
            continue
        axis = axis_of(key) or ("step" if key == "_step" else None)
        # An epoch of 1.0 is a float that will be 1.5 on another line.
        if axis is not None and isinstance(value, int) and axis not in reading.axes:
            reading.axes[axis] = Axis(int(number))
        else:
            reading.values[key] = number
            reading.decimals[key] = _decimals(value)
    return reading if reading.values else None


def _decimals(value: Any) -> int:
    """Digits behind the point: of a text it is rounded, of a number it has them all."""
    if not isinstance(value, str):
        return _ALL_DIGITS
    exponent = Decimal(value).as_tuple().exponent
    return -exponent if isinstance(exponent, int) else _ALL_DIGITS


def _parse(text: str) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except ValueError:
        text = _WRAPPED.sub(lambda match: match[1] or match[2], text)
        text = _NON_FINITE.sub(r"'\1'", text)
        try:
            data = ast.literal_eval(text)
        except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
            return None
    if isinstance(data, dict) and all(isinstance(key, str) for key in data):
        return data
    return None


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < 1e300 or not math.isfinite(value) else None
    if isinstance(value, str) and re.fullmatch(
        r"-?(?:nan|inf(?:inity)?)|[-+]?\d*\.\d+(?:e[-+]?\d+)?|[-+]?\d+(?:\.\d*)?e[-+]?\d+",
        value,
        re.I,
    ):
        return float(value)  # `transformers` prints its numbers as strings
    return None
