"""How numbers, times and sizes read to people: one spelling for all renderers."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import datetime, timezone

from gitexp.schema.clock import from_iso
from gitexp.schema.tree import number as as_number

NONE = "\u2013"  # an en dash: what is not there

_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def number(value: object, digits: int = 4) -> str:
    """A number in `digits` significant digits: `0.01235`, `12346`, `1.235e-5`, `NaN`, `∞`.

    Whole numbers below ten million keep all their digits. What is no number is `NONE`.
    """
    v = as_number(value)
    if v is None:
        return NONE
    if not math.isfinite(v):
        return "NaN" if v != v else "∞" if v > 0 else "-∞"
    if v == 0:
        return "0"
    size = abs(v)
    if size < 1e7 and v == int(v):
        return str(int(v))
    if 10 ** (digits - 1) <= size < 1e6:
        return f"{v:.0f}"
    if 1e-3 <= size < 1e6:
        return _no_zeros(f"{v:.{digits}g}")
    mantissa, exponent = f"{v:.{digits - 1}e}".split("e")
    if exponent == "-04" and digits >= 2:
        return _no_zeros(f"{v:.{digits + 3}f}")
    return f"{_no_zeros(mantissa)}e{int(exponent)}"


def signed(value: object, digits: int = 4) -> str:
    """A difference with its sign: `+0.5`, `-3`, `0`."""
    text = number(value, digits)
    return f"+{text}" if text[:1].isdigit() and text != "0" else text


def percent(value: object, *, sign: bool = False) -> str:
    """Per cent, to be read at a glance: `98.7%`, `+250%`, `-0.03%`."""
    v = as_number(value)
    if v is None or not math.isfinite(v):
        return NONE
    text = _no_zeros(f"{v:.1f}") if 1 <= abs(v) < 100 else number(v, 2 if abs(v) < 1 else 3)
    return f"{'+' if sign and v > 0 else ''}{text}%"


def count(value: int) -> str:
    """A whole number with thousands apart: `12,345`."""
    return f"{value:,}"


def plural(n: int, word: str, words: str | None = None) -> str:
    """`1 run`, `3 runs`, `2 entries`."""
    return f"{n:,} {word if n == 1 else words or word + 's'}"


def duration(seconds: object) -> str:
    """A span of time by its two largest units: `850ms`, `3.2s`, `12m 3s`, `3h 4m`, `2d 5h`."""
    s = as_number(seconds)
    if s is None or not math.isfinite(s) or s < 0:
        return NONE
    if s < 0.9995:
        return f"{s * 1000:.0f}ms" if s >= 0.0005 else "<1ms" if s else "0s"
    if s < 9.95:
        return f"{_no_zeros(f'{s:.1f}')}s"
    whole = round(s)
    if whole < 60:
        return f"{whole}s"
    for unit, below, size, part in (("m", "s", 60, 1), ("h", "m", 3600, 60)):
        if whole < size * (60 if unit == "m" else 24):
            return f"{whole // size}{unit} {whole % size // part}{below}"
    return f"{whole // 86400}d {whole % 86400 // 3600}h"


def age(seconds: object) -> str:
    """How long ago: `just now`, `3 min ago`, `5 h ago`, `2 d ago`, `4 mo ago`, `3 y ago`."""
    s = as_number(seconds)
    if s is None or not math.isfinite(s):
        return NONE
    if s < 45:  # a clock that runs ahead is no reason to say more
        return "just now"
    for size, limit, unit in (
        (60, 3600, "min"),
        (3600, 36 * 3600, "h"),
        (86400, 60 * 86400, "d"),
        (30.44 * 86400, 730 * 86400, "mo"),
    ):
        if s < limit:
            return f"{max(1, round(s / size))} {unit} ago"
    return f"{s / (365.25 * 86400):.0f} y ago"


def age_of(created_at: str, now_s: float) -> str:
    """How long before `now_s` a time of the format was."""
    try:
        return age(now_s - from_iso(created_at))
    except (ValueError, TypeError, AttributeError):
        return NONE


def moment(time: str | float | None) -> str:
    """A point in time, UTC: `2026-01-31 12:00`."""
    try:
        time_s = from_iso(time) if isinstance(time, str) else time
        return (
            f"{datetime.fromtimestamp(time_s or 0, timezone.utc):%Y-%m-%d %H:%M}" if time else NONE
        )
    except (ValueError, OverflowError, OSError, TypeError):
        return NONE


def byte_size(size: object) -> str:
    """Bytes in binary units: `812 B`, `4.1 KiB`, `1.2 GiB`."""
    v = as_number(size)
    if v is None or not math.isfinite(v):
        return NONE
    if abs(v) < 1024:
        return f"{v:.0f} B"
    for unit in ("KiB", "MiB", "GiB", "TiB"):
        v /= 1024
        if abs(v) < 999.5 or unit == "TiB":
            break
    return f"{v:.0f} {unit}" if abs(v) >= 99.5 else f"{_no_zeros(f'{v:.1f}')} {unit}"


def energy(wh: object) -> str:
    """Watt hours: `23.8 mWh`, `0.8 Wh`, `12 Wh`, `1.25 kWh`."""
    return _scaled(wh, "Wh")


def mass(grams: object) -> str:
    """Grams: `11.3 mg`, `0.4 g`, `12 g`, `1.25 kg`."""
    return _scaled(grams, "g")


def money(amount: object, currency: str | None) -> str:
    """What it cost: `0.04 EUR`, `12.50 EUR`, below a cent with two digits that count."""
    v = as_number(amount)
    if v is None or not math.isfinite(v):
        return NONE
    text = f"{v:.2f}" if abs(v) >= 0.01 or v == 0 else number(v, 2)
    return f"{text} {plain(str(currency))}" if currency else text


def value(item: object, limit: int = 120) -> str:
    """A config value on one line: strings as they are, the rest as JSON; cut at `limit`."""
    if isinstance(item, str):
        return cut(one_line(item), limit)
    if item is None or isinstance(item, bool | int):
        return cut(json.dumps(item), limit)
    if isinstance(item, float):
        return repr(item) if math.isfinite(item) else number(item)
    if isinstance(item, Mapping | list | tuple):
        try:
            return cut(one_line(json.dumps(item, ensure_ascii=False, default=str)), limit)
        except (ValueError, RecursionError):
            return "…"
    return cut(one_line(str(item)), limit)


def cut(text: str, limit: int) -> str:
    """At most `limit` characters, the last one an ellipsis where something was cut."""
    return text if len(text) <= limit else text[: max(0, limit - 1)] + "…"


def cut_middle(text: str, limit: int) -> str:
    """The same for paths and names, whose both ends matter."""
    if len(text) <= limit:
        return text
    tail = (limit - 1) // 2
    return f"{text[: limit - 1 - tail]}…{text[len(text) - tail :]}"


def plain(text: str) -> str:
    """Text without power over a terminal or the direction of reading.

    Control characters become their pictures (ESC → ␛), others are shown by code point; line
    feeds and tabs stay, and lone surrogates, which no file could hold, are replaced.
    """
    return _CONTROL.sub(_picture, text)


def one_line(text: str) -> str:
    """`plain`, with line breaks as ⏎ and tabs as spaces."""
    text = plain(text.replace("\r\n", "\n")).replace("\t", " ")
    return text.replace("\n", "⏎") if "\n" in text else text


def short_oid(oid: str | None) -> str:
    """The first ten digits of an object id."""
    return plain(oid)[:10] if oid else NONE


def _scaled(value: object, unit: str) -> str:
    v = as_number(value)
    if v is None or not math.isfinite(v):
        return NONE
    if abs(v) >= 1000:
        return f"{number(v / 1000, 3)} k{unit}"
    return f"{number(v * 1000, 3)} m{unit}" if 0 < abs(v) < 0.1 else f"{number(v, 3)} {unit}"


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xD800 <= code <= 0xDFFF:
        return "�"
    return f"⟨U+{code:04X}⟩"


def _no_zeros(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text and "e" not in text else text
