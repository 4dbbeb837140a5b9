"""Curves as small static SVG: no script, no font, light and dark; text in, text out."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from html import escape

from gitexp.render import palette
from gitexp.render.curve import classes, draw_line
from gitexp.render.frame import Frame, Line, is_log, x_span, y_span
from gitexp.render.text import NONE, count, cut_middle, duration, number, one_line
from gitexp.render.ticks import clock_labels, clock_ticks, labels, linear_ticks, log_ticks
from gitexp.schema.series import Series


def line_plot(
    lines: Sequence[Line],
    *,
    title: str,
    width: int = 480,
    height: int = 264,
    x: str = "step",
    log_y: bool | None = None,
    y_range: tuple[float, float] | None = None,
    points: int = 300,
    legend: bool = True,
    standalone: bool = True,
) -> str:
    """Curves over steps or time, as one `<svg>` element.

    NaN leaves a gap and a cross at the bottom, an infinity a triangle at its edge; a point between
    gaps is a dot.

    Args:
        lines: the curves; of equal colours the later one is drawn above.
        title: plain text, like all labels; may be hostile.
        width: of the picture, pixels.
        height: of the picture, pixels.
        x: `step`, or `time` for the time since each line's start.
        log_y: logarithmic y axis; None: if all values are positive and span decades.
        y_range: the y axis shows at least this much.
        points: most points drawn of a curve, >= 5.
        legend: name the curves, where there are several.
        standalone: with a style and a background of its own, as in an image file; else the page
            has `stylesheet(".plot ")`.
    """
    drawn = [(line, line.series.downsample(points)) for line in lines]
    finite = [v for _, s in drawn for v in s.values if math.isfinite(v)]
    log = is_log(finite) if log_y is None else log_y and all(v > 0 for v in finite)
    low, high = y_span(finite, log, y_range)
    y_marks = _y_marks(low, high, log) if finite or y_range else []
    if log:
        low, high = math.log10(low), math.log10(high)
    keys = _legend(lines, width) if legend and len(lines) > 1 else []
    left = 16 + 6.4 * max((len(words) for _, words in y_marks), default=1)
    top = (34 if title else 12) + 17 * (keys[-1][1] + 1 if keys else 0)
    box = (max(20.0, width - left - 16), max(20.0, height - top - 30))
    frame = Frame(*box, *x_span(drawn, x), low, high, log)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" class="plot" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" role="img" aria-label="{_text(title)}">'
        f"<title>{_text(title)}</title><desc>{_describe(lines, x)}</desc>"
    ]
    if standalone:
        used = {palette.place(line.colour) for line in lines}
        parts.append(f"<style>{stylesheet('', used)}</style>")
        parts.append('<rect class="b" width="100%" height="100%" rx="6"/>')
    if title:
        shown = _text(cut_middle(title, width // 8))
        parts.append(f'<text class="t" x="12" y="21">{shown}</text>')
    parts += _draw_legend(keys)
    parts.append(f'<g transform="translate({left:.0f} {top})">')
    parts += draw_axes(frame, _x_marks(frame, x), y_marks)
    if not finite:
        what = "nothing finite" if any(len(series) for _, series in drawn) else "no points"
        parts.append(f'<text class="m" x="{box[0] / 2:g}" y="{box[1] / 2:g}">{what}</text>')
    parts.append('<g transform="scale(.1)">')
    for line, series in drawn:
        parts += draw_line(line, series, frame, x)
    parts.append("</g></g></svg>")
    return "".join(parts)


def _y_marks(low: float, high: float, log: bool) -> list[tuple[float, str]]:
    if log:
        return [(tick, number(tick, 2)) for tick in log_ticks(low, high, 6)]
    ticks = linear_ticks(low, high, 5)
    return list(zip(ticks, labels(ticks), strict=True))


def _x_marks(frame: Frame, x: str) -> list[tuple[float, str]]:
    room = max(2, int(frame.width / 64))
    if x == "time":
        ticks = clock_ticks(frame.x_high, room)
        return list(zip(ticks, clock_labels(ticks), strict=True))
    ticks = linear_ticks(frame.x_low, frame.x_high, room, whole=True)
    ticks = [tick for tick in ticks if frame.x_low <= tick <= frame.x_high]
    return list(zip(ticks, labels(ticks), strict=True))


def draw_axes(
    frame: Frame, x_marks: list[tuple[float, str]], y_marks: list[tuple[float, str]]
) -> list[str]:
    """The grid, the marks of both axes and the lower one's line, in the frame's coordinates."""
    rows = [(frame.y(tick) / 10, words) for tick, words in y_marks]
    grid = "".join(f"M0 {y:g}h{frame.width:.0f}" for y, _ in rows)
    return [
        f'<path class="g" d="{grid}"/><g class="e">' if grid else "<g>",
        *(f'<text x="-7" y="{y + 3.5:g}">{words}</text>' for y, words in rows),
        '</g><g class="m">',
        *(
            f'<text x="{frame.x(tick) / 10:g}" y="{frame.height + 17:.0f}">{words}</text>'
            for tick, words in x_marks
        ),
        f'</g><path class="a" d="M0 {frame.height:g}h{frame.width:.0f}"/>',
    ]


def sparkline(series: Series, *, width: int = 96, height: int = 22, colour: int = 0) -> str:
    """A curve the size of a word, for a table in a page that has `stylesheet(".plot ")`."""
    series = series.downsample(max(8, width // 2))
    finite = [v for v in series.values if math.isfinite(v)]
    if not finite:
        return ""
    log = is_log(finite)
    low, high = y_span(finite, log, None)
    if log:
        low, high = math.log10(low), math.log10(high)
    line = Line("", series, colour)
    frame = Frame(width - 4, height - 4, *x_span([(line, series)], "step"), low, high, log)
    drawn = "".join(draw_line(line, series, frame, "step", title=False))
    return (
        f'<svg class="plot spark" viewBox="0 0 {width} {height}" width="{width}" '
        f'height="{height}" aria-hidden="true">'
        f'<g transform="translate(2 2)scale(.1)">{drawn}</g></svg>'
    )


def stylesheet(scope: str, used: Iterable[tuple[int, int]] | None = None) -> str:
    """The CSS of plots.

    Args:
        scope: put before each selector: "" in an image file, ".plot " in a page.
        used: the places of the palette that are needed; None: all.
    """
    if used is None:
        places = {(c, d) for c in range(len(palette.LIGHT)) for d in range(len(palette.DASHES))}
    else:
        places = set(used)
    colours, dashes = sorted({c for c, _ in places}), sorted({d for _, d in places} - {0})
    s = scope
    sans = "system-ui,-apple-system,'Segoe UI',sans-serif"
    return (
        f"{s}text{{font:11px {sans};fill:#59636e}}{s}.t{{font-weight:600;font-size:13px;"
        f"fill:#1f2328}}{s}.b{{fill:{palette.LIGHT_SURFACE}}}{s}.e{{text-anchor:end}}"
        f"{s}.m{{text-anchor:middle}}{s}.g{{stroke:#e4e8ec}}{s}.a{{stroke:#c4cbd3}}"
        f"{s}.l,{s}.o{{fill:none;vector-effect:non-scaling-stroke;stroke-width:1.6;"
        f"stroke-linejoin:round;stroke-linecap:round}}{s}.o{{stroke-width:4.5}}"
        + "".join(f"{s}.c{c}{{stroke:{palette.LIGHT[c]}}}" for c in colours)
        + "".join(f"{s}.d{d}{{stroke-dasharray:{palette.DASHES[d]}}}" for d in dashes)
        + f"@media screen and (prefers-color-scheme:dark){{{s}text{{fill:#9198a1}}"
        f"{s}.t{{fill:#f0f6fc}}{s}.b{{fill:{palette.DARK_SURFACE}}}{s}.g{{stroke:#21262d}}{s}.a{{stroke:#3d444d}}"
        + "".join(f"{s}.c{c}{{stroke:{palette.DARK[c]}}}" for c in colours)
        + "}"
    )


def _text(text: str) -> str:
    return escape(one_line(text))


def _legend(lines: Sequence[Line], width: int) -> list[tuple[float, int, Line, str]]:
    """Each line's place: x in pixels, row from 0, and its label as far as there is room."""
    keys = []
    x, row = 12.0, 0
    for line in lines:
        label = cut_middle(one_line(line.label), max(8, width // 14))
        wide = 26 + 6.2 * len(label)
        if x > 12 and x + wide > width - 8:
            x, row = 12.0, row + 1
        keys.append((x, row, line, label))
        x += wide + 12
    return keys


def _draw_legend(keys: Sequence[tuple[float, int, Line, str]]) -> list[str]:
    return [
        f'<path class="l {classes(line.colour)}" d="M{x:.0f} {38 + 17 * row}h18"/>'
        f'<text x="{x + 24:.0f}" y="{42 + 17 * row}">{escape(label)}</text>'
        for x, row, line, label in keys
    ]


def _describe(lines: Sequence[Line], x: str) -> str:
    """What the picture shows, for those who do not see it."""
    said = []
    for line in lines[:12]:
        values = line.series.values
        if not len(values):
            said.append(f"{_text(line.label)}: no points")
            continue
        if x == "time":
            over = f"over {duration(line.series.times_s[-1] - line.series.times_s[0])}"
        else:
            over = f"to step {count(line.series.steps[-1])}"
        said.append(
            f"{_text(line.label)}: from {number(values[0])} to {number(values[-1])} {over}"
        )
    more = [f"and {len(lines) - 12} more"] if len(lines) > 12 else []
    return "; ".join([*said, *more]) or NONE
