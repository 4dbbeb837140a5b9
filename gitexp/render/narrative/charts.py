"""Runs as dots, and histograms, as small static SVG in a page that has `stylesheet(".plot ")`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from gitexp.render import text
from gitexp.render.curve import classes
from gitexp.render.frame import Frame, is_log, y_span
from gitexp.render.svg import draw_axes
from gitexp.render.ticks import labels, linear_ticks, log_ticks

_LEFT, _TOP, _BOTTOM, _RIGHT = 64, 56, 44, 16


class Dot(NamedTuple):
    """A run in a scatter plot."""

    x: float
    y: float
    label: str
    colour: int


class _Axis(NamedTuple):
    low: float
    high: float
    log: bool
    marks: list[tuple[float, str]]

    def place(self, value: float) -> float:
        return math.log10(value) if self.log else value


def scatter(
    dots: Sequence[Dot], *, title: str, x: str, y: str, width: int = 560, height: int = 340
) -> str:
    """Two figures of runs against each other; an axis that spans decades is logarithmic.

    Args:
        dots: the runs; those that are not finite are left out.
        title: plain text, like all labels; may be hostile.
        x: what the horizontal axis shows.
        y: what the vertical one shows.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """
    shown = [dot for dot in dots if math.isfinite(dot.x) and math.isfinite(dot.y)]
    across = _axis([dot.x for dot in shown], 6)
    up = _axis([dot.y for dot in shown], 5)
    frame = Frame(
        width - _LEFT - _RIGHT, height - _TOP - _BOTTOM, across.low, across.high, up.low, up.high,
        False,
    )  # fmt: skip
    parts = _begin(
        title, width, height, _TOP, f"{y} against {x} of {text.plural(len(shown), 'run')}"
    )
    parts += draw_axes(frame, across.marks, up.marks)
    parts.append(
        f'<text class="m" x="{frame.width / 2:g}" y="{frame.height + 36:g}">'
        f"{_escaped(text.cut_middle(x, 60))}</text>"
        f'<text x="-52" y="-14">{_escaped(text.cut_middle(y, 60))}</text><g transform="scale(.1)">'
    )
    for dot in shown:
        at = f"M{frame.x(across.place(dot.x))} {frame.y(up.place(dot.y))}h0"
        kind = classes(dot.colour).split()[0]
        words = f"{dot.label}: {x} {text.number(dot.x)}, {y} {text.number(dot.y)}"
        parts.append(f'<path class="o {kind}" d="{at}"><title>{_escaped(words)}</title></path>')
    return "".join([*parts, "</g></g></svg>"])


def histogram(
    edges: Sequence[float],
    counts: Sequence[float],
    *,
    title: str,
    width: int = 360,
    height: int = 224,
) -> str:
    """The outline of one histogram.

    Args:
        edges: (n + 1,) of the bins, increasing.
        counts: (n,)
        title: plain text; may be hostile.
        width: of the picture, pixels.
        height: of the picture, pixels.
    """
    across = _axis(list(edges), 4, log=False)
    low, high = y_span([0.0, *counts], False, None)
    ticks = linear_ticks(low, high, 4)
    frame = Frame(
        width - _LEFT - _RIGHT, height - 34 - 30, across.low, across.high, low, high,
        False,
    )  # fmt: skip
    parts = _begin(title, width, height, 34, text.plural(len(counts), "bin"))
    parts += draw_axes(frame, across.marks, list(zip(ticks, labels(ticks), strict=True)))
    path = f"M{frame.x(edges[0])} {frame.y(0.0)}" if counts else ""
    for left, right, n in zip(edges, edges[1:], counts, strict=False):
        path += f"L{frame.x(left)} {frame.y(n)}L{frame.x(right)} {frame.y(n)}"
    path += f"L{frame.x(edges[-1])} {frame.y(0.0)}" if counts else ""
    parts.append(f'<g transform="scale(.1)"><path class="l c0" d="{path}"/></g>')
    return "".join([*parts, "</g></svg>"])


def _begin(title: str, width: int, height: int, top: int, what: str) -> list[str]:
    shown = _escaped(text.cut_middle(title, width // 8))
    return [
        '<svg xmlns="http://www.w3.org/2000/svg" class="plot dots" '
        f'viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" '
        f'aria-label="{_escaped(title)}">'
        f"<title>{_escaped(title)}</title><desc>{_escaped(what)}</desc>"
        f'<text class="t" x="12" y="21">{shown}</text>'
        f'<g transform="translate({_LEFT} {top})">'
    ]


def _axis(values: list[float], want: int, *, log: bool | None = None) -> _Axis:
    logarithmic = is_log(values) if log is None else log
    low, high = y_span(values, logarithmic, None)
    if logarithmic:
        marks = [(math.log10(tick), text.number(tick, 2)) for tick in log_ticks(low, high, want)]
        return _Axis(math.log10(low), math.log10(high), True, marks)
    ticks = linear_ticks(low, high, want)
    return _Axis(low, high, False, list(zip(ticks, labels(ticks), strict=True)))


def _escaped(words: str) -> str:
    return escape(text.one_line(words))
