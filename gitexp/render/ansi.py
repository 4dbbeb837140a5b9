"""Terminal output with escape codes → pieces of plain text with the styles that they set.

Colours become one of the sixteen that every terminal has, so that a page can name them in its
style sheet and needs no inline style.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from gitexp.render.text import plain

# CSI sequences (colours, cursor), OSC strings (titles, links), and the two-byte ones.
_ESCAPE = re.compile(
    r"\x1b\[(?P<sgr>[\d;:]*)m|\x1b\[[\x30-\x3f]*[\x20-\x2f]*[\x40-\x7e]"
    r"|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[\x20-\x2f]*[\x30-\x7e]"
)
_STYLES = {1: "bold", 2: "dim", 3: "italic", 4: "underline", 9: "strike"}
_STYLE_ENDS = {
    21: ("bold",),
    22: ("bold", "dim"),
    23: ("italic",),
    24: ("underline",),
    29: ("strike",),
}
_LEVELS = (0, 95, 135, 175, 215, 255)  # of each part in the cube of 256-colour terminals
_BRIGHT = 0xB0  # a colour whose strongest part is above this is one of the bright eight


class Piece(NamedTuple):
    """A stretch of text in one style; `style` holds names such as `fg-1 bold`."""

    text: str
    style: str


def strip(output: str) -> str:
    """The text without its escape codes."""
    return _ESCAPE.sub("", output)


def pieces(output: str) -> list[Piece]:
    """The text in stretches of equal style, other control characters made visible."""
    found: list[Piece] = []
    style: dict[str, None] = {}
    end = 0
    for match in _ESCAPE.finditer(output):
        _add(found, output[end : match.start()], style)
        end = match.end()
        if match["sgr"] is not None:
            _apply(style, match["sgr"])
    _add(found, output[end:], style)
    return found


def _add(found: list[Piece], text: str, style: dict[str, None]) -> None:
    if not text:
        return
    name = " ".join(style)
    if found and found[-1].style == name:
        found[-1] = Piece(found[-1].text + plain(text), name)
    else:
        found.append(Piece(plain(text), name))


def _apply(style: dict[str, None], codes: str) -> None:
    # In `38:2::r:g:b` the empty place is a colour space that nobody uses.
    codes = codes.replace(":2::", ":2:")
    numbers = [int(code[:4] or 0) for code in re.split("[;:]", codes)]
    while numbers:
        code = numbers.pop(0)
        if code == 0:
            style.clear()
        elif code in _STYLES:
            style[_STYLES[code]] = None
        elif code in _STYLE_ENDS:
            for name in _STYLE_ENDS[code]:
                style.pop(name, None)
        elif 30 <= code <= 37 or 90 <= code <= 97:
            _colour(style, "fg", code - 30 if code < 40 else code - 82)
        elif 40 <= code <= 47 or 100 <= code <= 107:
            _colour(style, "bg", code - 40 if code < 50 else code - 92)
        elif code in (38, 48):
            _colour(style, "fg" if code == 38 else "bg", _extended(numbers))
        elif code in (39, 49):
            _colour(style, "fg" if code == 39 else "bg", None)


def _colour(style: dict[str, None], ground: str, colour: int | None) -> None:
    for name in [name for name in style if name.startswith(f"{ground}-")]:
        del style[name]
    if colour is not None:
        style[f"{ground}-{colour}"] = None


def _extended(numbers: list[int]) -> int | None:
    """Take `5;n` or `2;r;g;b` off the front, and give the nearest of the sixteen colours."""
    kind = numbers.pop(0) if numbers else None
    if kind == 5 and numbers:
        n = numbers.pop(0)
        if n < 16:
            return n
        if n >= 232:
            return _nearest(*[8 + 10 * (n - 232)] * 3)
        return _nearest(*(_LEVELS[(n - 16) // size % 6] for size in (36, 6, 1)))
    if kind == 2 and len(numbers) >= 3:
        red, green, blue = numbers[:3]
        del numbers[:3]
        return _nearest(red, green, blue)
    return None


def _nearest(red: int, green: int, blue: int) -> int:
    high, low = max(red, green, blue), min(red, green, blue)
    if high - low < 0x28:  # a grey
        return 0 if high < 0x30 else 8 if high < 0x90 else 7 if high < 0xE0 else 15
    middle = (high + low) // 2
    bits = sum(bit for bit, part in ((1, red), (2, green), (4, blue)) if part > middle)
    return bits + (8 if high > _BRIGHT else 0)
