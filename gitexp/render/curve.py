"""One curve as SVG paths: the line, lone points as dots, and marks of what is not finite."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

from gitexp.render import palette
from gitexp.render.frame import Frame, Line, x_of
from gitexp.render.text import one_line
from gitexp.schema.series import Series

_DOTTED = 24  # curves of so few points have a dot at each, if those are
_APART = 80  # tenths of a pixel apart
_MARKS = 24  # most marks of NaN and infinities in a curve


def classes(colour: int) -> str:
    """The CSS classes of a place in the palette."""
    hue, dash = palette.place(colour)
    return f"c{hue} d{dash}" if dash else f"c{hue}"


def draw_line(
    line: Line, series: Series, frame: Frame, x: str, *, title: bool = True
) -> list[str]:
    """The curve, its lone points as dots, and the marks of what is not finite."""
    pieces: list[list[tuple[int, int]]] = [[]]
    marks: list[str] = []
    bottom = round(10 * frame.height)
    was_nan = False
    for at, value in zip(x_of(series, x, line.start_s), series.values, strict=True):
        px = frame.x(at)
        if math.isfinite(value):
            pieces[-1].append((px, frame.y(value)))
            was_nan = False
            continue
        if pieces[-1]:
            pieces.append([])
        if value != value:
            if not was_nan:  # one cross for a stretch of them
                marks.append(f"M{px - 30} {bottom - 30}l60 60m0-60l-60 60")
        else:
            edge, tip = (0, 60) if value > 0 else (bottom, -60)
            marks.append(f"M{px - 35} {edge + tip}h70l-35 {-tip}z")
        was_nan = value != value
    curve = "".join(_path(piece) for piece in pieces if len(piece) > 1)
    drawn = [px for piece in pieces for px, _ in piece]
    apart = (drawn[-1] - drawn[0]) / len(drawn) if drawn else 0
    few = len(series) <= _DOTTED and apart >= _APART and frame.height > 60
    dots = "".join(
        f"M{px} {py}h0" for piece in pieces if few or len(piece) == 1 for px, py in piece
    )
    kinds = classes(line.colour)
    name = f"<title>{escape(one_line(line.label))}</title>" if title and line.label else ""
    shapes = ((f"l {kinds}", curve), (f"o {kinds.split()[0]}", dots))
    out = [f'<path class="{kind}" d="{d}"/>' for kind, d in shapes if d]
    if marks:
        out.append(f'<path class="l {kinds.split()[0]}" d="{"".join(marks[:_MARKS])}"/>')
    return [f"<g>{name}{''.join(out)}</g>"] if name and out else out


def _path(points: Sequence[tuple[int, int]]) -> str:
    """`M12 34l5-3 4 2`: relative whole numbers are the shortest way to say it."""
    x, y = points[0]
    out = [f"M{x} {y}l"]
    for next_x, next_y in points[1:]:
        dx, dy = next_x - x, next_y - y
        out.append(f"{dx}{dy}" if dy < 0 else f"{dx} {dy}")
        x, y = next_x, next_y
    return out[0] + " ".join(out[1:]).replace(" -", "-")
