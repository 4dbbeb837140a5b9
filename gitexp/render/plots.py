"""Which plots tell a run's story: one for each quantity that matters, one of the hardware."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitexp.render.frame import Line
from gitexp.render.hardware import share_lines
from gitexp.render.svg import line_plot
from gitexp.schema.headline import COUNTER, metric_groups
from gitexp.schema.view import RunView

MOST_PLOTS = 6  # of metrics
_MOST_LINES = 8  # in a plot
_LOOKED_AT = 400  # metrics; whoever logs more has named those that matter early

HARDWARE = "hardware"


@dataclass(frozen=True, slots=True)
class Plot:
    """A picture of a run; `file` is its name under plots/."""

    file: str
    title: str
    keys: tuple[str, ...]  # metrics; empty: the hardware's


def plan_plots(view: RunView, most: int = MOST_PLOTS) -> list[Plot]:
    """The plots of a run, those of the telling metrics first; metrics with one point have none."""
    curves = {
        key: metric
        for key, metric in list(view.run.metrics.items())[:_LOOKED_AT]
        if len(view.series.get(key, ())) > 1
    }
    plots: list[Plot] = []
    taken: set[str] = {HARDWARE}
    for group in metric_groups(curves):
        if group.kind == COUNTER or len(plots) == most:
            break
        name = _slug(group.quantity)
        file = next(f for f in (name, *(f"{name}-{n}" for n in range(2, 99))) if f not in taken)
        taken.add(file)
        title = group.quantity if len(group.keys) > 1 else group.keys[0]
        plots.append(Plot(f"{file}.svg", title, group.keys[:_MOST_LINES]))
    if share_lines(view.hardware):
        plots.append(Plot(f"{HARDWARE}.svg", "Hardware, % of capacity", ()))
    return plots


def draw_plot(
    view: RunView,
    plot: Plot,
    *,
    width: int = 408,
    height: int = 248,
    points: int = 240,
    standalone: bool = True,
) -> str:
    """One of `plan_plots(view)` as SVG; the sizes are pixels."""
    if plot.keys:
        lines = [Line(key, view.series[key], place) for place, key in enumerate(plot.keys)]
        x, y_range = "step", None
    else:
        lines = share_lines(view.hardware)
        x, y_range = "time", (0.0, 100.0)
    return line_plot(
        lines,
        title=plot.title,
        width=width,
        height=height,
        x=x,
        y_range=y_range,
        points=max(5, points if len(lines) < 3 else points // 2),
        standalone=standalone,
    )


def run_plots(view: RunView) -> dict[str, str]:
    """The plots that a run's README.md shows: file name under plots/ → SVG."""
    return {plot.file: draw_plot(view, plot) for plot in plan_plots(view)}


def _slug(quantity: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", quantity.lower()).strip("-")[:40].strip("-") or "metric"
