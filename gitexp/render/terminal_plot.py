"""Curves in the terminal: braille dots, axes with round numbers, a legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gitexp.render import text
from gitexp.render.braille import COLOURS, MARKS, Canvas
from gitexp.render.terminal_text import Paint, cells, fit, joined, pad
from gitexp.render.ticks import clock_labels, clock_ticks, labels, linear_ticks, log_ticks

_LINE_MARK = "⣀⣀"
_LEGEND_CELLS = 60


STEP, TIME, RELATIVE = "step", "time", "relative"


@dataclass(frozen=True, slots=True)
class PlotLine:
    """A curve: n points in the order in which they are joined."""

    label: str
    x: Sequence[float]  # (n,)
    y: Sequence[float]  # (n,), NaN and infinities are left out


def plot(
    lines: Sequence[PlotLine],
    *,
    title: str = "",
    x_kind: str = STEP,
    width: int = 80,
    height: int = 16,
    log: bool = False,
    colour: bool = False,
) -> str:
    """Draw curves over each other.

    Without colours, several curves are drawn in characters of their own in place of dots.

    Args:
        lines: what to draw.
        title: above it.
        x_kind: STEP, TIME (seconds since the epoch), RELATIVE (seconds), or a metric's key.
        width: in cells, axis included.
        height: of the drawing in cells.
        log: a logarithmic y axis; values that are not positive are left out.
        colour: whether escape codes may be used.
    """
    drawn = [_drawable(line, log) for line in lines]
    frame = _frame([points for points, _ in drawn], log)
    head = [Paint(colour)(text.one_line(title), "bold")] if title else []
    if frame is None:
        return "\n".join([*head, "nothing to draw", *_legend(lines, drawn, colour), ""])
    y_ticks = _y_ticks(frame, height, log)
    margin = max(cells(label) for _, label in y_ticks) + 1
    columns = max(10, width - margin - 1)
    canvas = Canvas(columns, height, characters=not colour and len(lines) > 1)
    for i, (points, _) in enumerate(drawn):
        canvas.curve([frame.place(x, y, canvas) for x, y in points], i)
    rows = canvas.rows(Paint(colour))
    at_row = {canvas.row_of(frame.y_share(value)): label for value, label in y_ticks}
    body = [
        f"{pad(at_row.get(row, ''), margin, right=True)}{'┤' if row in at_row else '│'}{line}"
        for row, line in enumerate(rows)
    ]
    axis = _x_axis(frame, columns, x_kind, margin)
    name = (
        ""
        if x_kind in (TIME, RELATIVE)
        else pad(text.one_line(x_kind), margin + columns, right=True)
    )
    return "\n".join(
        [
            *head,
            *(line.rstrip() for line in (*body, *axis, name) if line),
            *_legend(lines, drawn, colour),
            "",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Frame:
    low_x: float
    high_x: float
    low_y: float  # logarithms on a logarithmic axis
    high_y: float
    log: bool

    def y_share(self, value: float) -> float:
        """Where a value is between the bottom, 0, and the top, 1."""
        y = math.log10(value) if self.log else value
        return _share(y, self.low_y, self.high_y)

    def place(self, x: float, y: float, canvas: Canvas) -> tuple[int, int]:
        """A point in dots from the upper left."""
        across = _share(x, self.low_x, self.high_x)
        return round(across * (canvas.dots_x - 1)), canvas.dot_of(
            _share(y, self.low_y, self.high_y)
        )


def _share(value: float, low: float, high: float) -> float:
    # Halved first: the span of 1e308 and -1e308 is no float.
    span = high / 2 - low / 2
    return (value / 2 - low / 2) / span if span else 0.5


def _drawable(line: PlotLine, log: bool) -> tuple[list[tuple[float, float]], int]:
    """The points that have a place, their logarithms if `log`; and how many have none."""
    points = [
        (x, math.log10(y) if log else y)
        for x, y in zip(line.x, line.y, strict=True)
        if math.isfinite(x) and math.isfinite(y) and (y > 0 or not log)
    ]
    return points, len(line.x) - len(points)


def _frame(curves: Sequence[Sequence[tuple[float, float]]], log: bool) -> _Frame | None:
    points = [point for curve in curves for point in curve]
    if not points:
        return None
    low_x, high_x = min(x for x, _ in points), max(x for x, _ in points)
    low_y, high_y = min(y for _, y in points), max(y for _, y in points)
    if low_y == high_y:
        room = abs(low_y) / 10 or 1.0
        low_y, high_y = low_y - room, high_y + room
    if log:  # of what a float can be
        low_y, high_y = max(low_y, -307.0), min(high_y, 308.0)
    return _Frame(low_x, high_x, low_y, high_y, log)


def _y_ticks(frame: _Frame, height: int, log: bool) -> list[tuple[float, str]]:
    want = max(2, height // 4)
    if log:
        ticks = log_ticks(10**frame.low_y, 10**frame.high_y, want)
        if len(ticks) >= 2:
            return [(tick, text.number(tick)) for tick in ticks]
        return [(10**y, text.number(10**y, 3)) for y in (frame.low_y, frame.high_y)]
    ticks = linear_ticks(frame.low_y, frame.high_y, want)
    if len(ticks) < 2:  # no distance between them to tell how many decimals it takes
        return [(tick, text.number(tick)) for tick in ticks]
    return list(zip(ticks, labels(ticks), strict=True))


def _x_axis(frame: _Frame, columns: int, kind: str, margin: int) -> list[str]:
    rule, below = ["─"] * columns, [" "] * columns
    end = 0
    for value, label in _x_ticks(frame, columns, kind):
        at = round(_share(value, frame.low_x, frame.high_x) * (columns - 1))
        start = min(max(0, at - len(label) // 2), columns - len(label))
        if start < end or not 0 <= at < columns:
            continue
        rule[at] = "┬"
        below[start : start + len(label)] = label
        end = start + len(label) + 2
    return [f"{'':>{margin}}└{''.join(rule)}", f"{'':>{margin}} {''.join(below)}"]


def _x_ticks(frame: _Frame, columns: int, kind: str) -> list[tuple[float, str]]:
    want = max(2, columns // 14)
    if frame.low_x == frame.high_x:
        return [(frame.low_x, text.number(frame.low_x))]
    if kind == RELATIVE and frame.low_x >= 0:
        ticks = clock_ticks(frame.high_x, want)
        return list(zip(ticks, clock_labels(ticks), strict=True))
    ticks = linear_ticks(frame.low_x, frame.high_x, want, whole=kind == STEP)
    if kind == TIME:
        form = "%H:%M:%S" if frame.high_x - frame.low_x < 86400 else "%m-%d %H:%M"
        return [(tick, _clock(tick, form)) for tick in ticks]
    return list(zip(ticks, labels(ticks), strict=True))


def _clock(time_s: float, form: str) -> str:
    try:
        return f"{datetime.fromtimestamp(time_s):{form}}"
    except (ValueError, OverflowError, OSError):  # no year of our calendar
        return text.number(time_s)


def _legend(
    lines: Sequence[PlotLine], drawn: Sequence[tuple[object, int]], colour: bool
) -> list[str]:
    rows = []
    paint = Paint(colour)
    for i, (line, (_, missing)) in enumerate(zip(lines, drawn, strict=True)):
        mark = _LINE_MARK if colour or len(lines) == 1 else MARKS[i % len(MARKS)] * 2
        words = joined(
            (
                f"last {text.number(line.y[-1])}" if len(line.y) else "no points",
                f"{text.plural(missing, 'point')} not drawn" if missing else "",
            )
        )
        label = pad(fit(text.one_line(line.label), _LEGEND_CELLS), _label_width(lines))
        rows.append(f"  {paint(mark, COLOURS[i % len(COLOURS)])} {label}  {words}")
    return rows


def _label_width(lines: Sequence[PlotLine]) -> int:
    return min(_LEGEND_CELLS, max(cells(text.one_line(line.label)) for line in lines))
