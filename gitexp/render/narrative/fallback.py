"""What stands in an article for a panel where no script runs: plots, tables, pictures."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from markupsafe import Markup

from gitexp.render import facts, text
from gitexp.render.differences import differences
from gitexp.render.findings import finding_rows
from gitexp.render.frame import Line
from gitexp.render.narrative.blocks import PanelBlock
from gitexp.render.narrative.charts import Dot, histogram, scatter
from gitexp.render.patch import FilePatch, parse_patch
from gitexp.render.report_compare import MOST_OVERLAID
from gitexp.render.svg import line_plot
from gitexp.schema.diff import ValueDelta
from gitexp.schema.headline import headline_metrics
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.run import Run
from gitexp.schema.series import Series
from gitexp.schema.tree import flatten, number
from gitexp.schema.view import Picture, RunView

_PLOTS = 8
_ROWS = 40
_KEYS = 8
_WIDTH, _HEIGHT = 560, 320


class Cell(NamedTuple):
    """A cell of a table."""

    text: str
    number: bool = False
    share: float | None = None  # 0 to 100: drawn as a bar


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under heads; the first column names the row."""

    heads: tuple[Cell, ...]
    rows: tuple[tuple[Cell, ...], ...]
    more: int = 0  # rows that there is no room for


@dataclass(frozen=True, slots=True)
class PanelData:
    """What a panel shows beside its runs; only what its kind needs."""

    pictures: tuple[Picture, ...] = ()
    histograms: tuple[Mapping[str, Any], ...] = ()  # series as the app gets them
    patch: str = ""
    code: str = ""  # HTML
    note: str = ""


@dataclass(frozen=True, slots=True)
class Fallback:
    """A panel, ready for the template."""

    title: str
    plots: tuple[Markup, ...] = ()
    table: Table | None = None
    pictures: tuple[Picture, ...] = ()
    code: Markup | None = None
    patch: tuple[FilePatch, ...] = ()
    findings: tuple[tuple[str, str], ...] = ()  # run and words
    note: str = ""


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel with its runs."""

    block: PanelBlock
    views: tuple[RunView, ...]
    metrics: tuple[str, ...]  # that it shows, in order
    data: PanelData = field(default_factory=PanelData)

    @property
    def runs(self) -> list[Run]:
        """The same without their files."""
        return [view.run for view in self.views]


def fallback(panel: Panel) -> Fallback:
    """The static form of a panel."""
    return _KINDS[panel.block.kind](panel)


def panel_metrics(block: PanelBlock, runs: Sequence[Run], limit: int = _PLOTS) -> tuple[str, ...]:
    """The metrics that a panel shows where it names none: those that runs are judged by."""
    merged: dict[str, MetricSummary] = {}
    for run in runs:
        for key, metric in run.metrics.items():
            merged.setdefault(key, metric)
    few = {"curves": 4, "runs": 3, "parallel": 1, "bars": 1, "diff": 4}.get(block.kind, limit)
    return tuple(headline_metrics(merged, few))


def figure(run: Run, name: str) -> Any:
    """What a run says of a name: a metric's best value (its last, without a goal), or its config.

    `config.lr` is the config's, `lr` a metric's if there is one; `duration_s` how long it took.
    """
    if name in run.metrics:
        metric = run.metrics[name]
        return metric.last if metric.best is None else metric.best
    if name == "duration_s":
        return run.duration_s
    return flatten(run.config).get(name.removeprefix("config."))


def _title(panel: Panel, words: str) -> str:
    return text.one_line(panel.block.title) or words


def _curves(panel: Panel) -> Fallback:
    plots = []
    time = panel.block.x in ("time", "relative", "wall")
    for key in panel.metrics[:_PLOTS]:
        lines = [
            Line(str(view.run.name), view.series.get(key, Series()), place)
            for place, view in enumerate(panel.views[:MOST_OVERLAID])
            if key in view.run.metrics
        ]
        svg = line_plot(
            lines,
            title=key,
            width=_WIDTH,
            height=_HEIGHT,
            x="time" if time else "step",
            log_y=panel.block.log,
            standalone=False,
        )
        plots.append(Markup(svg))  # line_plot escapes all text
    return Fallback(_title(panel, ""), tuple(plots), note=_first(panel, MOST_OVERLAID))


def _first(panel: Panel, shown: int) -> str:
    n = len(panel.views)
    return f"The first {shown} of {text.plural(n, 'run')}." if n > shown else ""


def _runs(panel: Panel) -> Fallback:
    return Fallback(
        _title(panel, "Runs"), table=_table(panel, panel.block.keys or _differing(panel))
    )


def _parallel(panel: Panel) -> Fallback:
    keys = panel.block.keys or _differing(panel)
    return Fallback(_title(panel, "Hyperparameters"), table=_table(panel, keys))


def _differing(panel: Panel) -> tuple[str, ...]:
    found = differences([run.config for run in panel.runs])
    return tuple(difference.key for difference in found[:_KEYS])


def _table(panel: Panel, keys: Sequence[str]) -> Table:
    """A row for each run, the best by the first metric that has a goal on top."""
    names = [*panel.metrics, *keys]
    runs = _ranked(panel.runs, panel.metrics)
    rows = [
        (Cell(_name(run)), *(_cell(figure(run, name)) for name in names)) for run in runs[:_ROWS]
    ]
    heads = (Cell("Run"), *(Cell(_head(panel.runs, name), True) for name in names))
    return Table(heads, tuple(rows), max(0, len(runs) - _ROWS))


def _ranked(runs: Sequence[Run], metrics: Sequence[str]) -> list[Run]:
    for key in metrics:
        goal = next((r.metrics[key].goal for r in runs if key in r.metrics), None)
        if goal:
            sign = 1 if goal == "lower" else -1

            def rank(run: Run, key: str = key, sign: int = sign) -> tuple[bool, float]:
                value = number(figure(run, key))
                known = value is not None and math.isfinite(value)
                return (not known, sign * value if known and value is not None else 0.0)

            return sorted(runs, key=rank)
    return list(runs)


def _name(run: Run) -> str:
    return text.cut_middle(text.one_line(str(run.name)), 48)


def _head(runs: Sequence[Run], name: str) -> str:
    metric = next((run.metrics[name] for run in runs if name in run.metrics), None)
    arrow = f" {facts.arrow(metric)}" if metric is not None else ""
    return f"{text.cut_middle(text.one_line(name), 32)}{arrow}"


def _cell(value: Any) -> Cell:
    if value is None:
        return Cell(text.NONE, True)
    as_number = None if isinstance(value, bool) else number(value)
    words = text.number(as_number, 5) if as_number is not None else text.value(value, 40)
    return Cell(words, True)


def _scatter(panel: Panel) -> Fallback:
    x, y = str(panel.block.x), str(panel.block.y)
    dots = []
    for place, run in enumerate(panel.runs):
        across, up = number(figure(run, x)), number(figure(run, y))
        if across is not None and up is not None:
            dots.append(Dot(across, up, str(run.name), place))
    if not dots:  # names on an axis, not numbers
        return Fallback(_title(panel, f"{y} against {x}"), table=_table(panel, (y, x)))
    title = _title(panel, f"{y} against {x}")
    return Fallback("", (Markup(scatter(dots, title=title, x=x, y=y)),))


def _bars(panel: Panel) -> Fallback:
    key = panel.metrics[0] if panel.metrics else ""
    found = [(run, number(figure(run, key))) for run in _ranked(panel.runs, panel.metrics)]
    known = [abs(v) for _, v in found if v is not None and math.isfinite(v)]
    most = max(known, default=0.0)
    rows = [
        (
            Cell(_name(run)),
            Cell(text.number(value), True),
            Cell("", share=round(100 * abs(value) / most, 1) if value is not None and most else 0),
        )
        for run, value in found[:_ROWS]
        if value is not None
    ]
    heads = (Cell("Run"), Cell(_head(panel.runs, key), True), Cell(""))
    return Fallback(
        _title(panel, key), table=Table(heads, tuple(rows), max(0, len(found) - _ROWS))
    )


def _diff(panel: Panel) -> Fallback:
    runs = panel.runs[:8]
    found = [
        *(
            ValueDelta(
                key, tuple(figure(run, key) if key in run.metrics else None for run in runs)
            )
            for key in panel.metrics
        ),
        *(
            ValueDelta(d.key, d.values)
            for d in differences([run.config for run in runs])
            if not panel.block.keys or d.key in panel.block.keys
        ),
    ]
    rows = [
        (Cell(text.one_line(delta.key)), *(_cell(value or None) for value in delta.values))
        for delta in found[:_ROWS]
    ]
    heads = (Cell("Key"), *(Cell(_name(run), True) for run in runs))
    table = Table(heads, tuple(rows), max(0, len(found) - _ROWS))
    return Fallback(_title(panel, "What differs"), table=table)


def _media(panel: Panel) -> Fallback:
    return Fallback(
        _title(panel, panel.block.key or "Media"),
        pictures=panel.data.pictures,
        note=panel.data.note,
    )


def _histogram(panel: Panel) -> Fallback:
    plots = []
    for series in panel.data.histograms[:_PLOTS]:
        steps = zip(series["steps"], series["edges"], series["counts"], strict=True)
        known = [entry for entry in steps if entry[1]]
        if known:
            step, edges, counts = known[-1]
            title = f"{series['name']}, step {text.count(step)}"
            plots.append(Markup(histogram(edges, counts, title=title)))
    return Fallback(_title(panel, panel.block.key or ""), tuple(plots), note=panel.data.note)


def _config(panel: Panel) -> Fallback:
    runs = panel.runs[:8]
    flat = [flatten(run.config) for run in runs]
    keys = panel.block.keys or tuple(dict.fromkeys(key for values in flat for key in values))
    rows = [
        (
            Cell(text.one_line(key)),
            *(Cell(text.value(v[key], 60) if key in v else text.NONE) for v in flat),
        )
        for key in (key.removeprefix("config.") for key in keys[:200])
    ]
    heads = (Cell("Key"), *(Cell(_name(run)) for run in runs))
    return Fallback(_title(panel, "Config"), table=Table(heads, tuple(rows)))


def _code(panel: Panel) -> Fallback:
    return Fallback(
        _title(panel, panel.block.path or "Code"),
        code=Markup(panel.data.code) if panel.data.code else None,  # made by code_html
        patch=tuple(parse_patch(panel.data.patch)),
        note=panel.data.note,
    )


def _findings(panel: Panel) -> Fallback:
    rows = []
    for view in panel.views:
        for row in finding_rows(view.findings, 40):
            where = f" in {row.where}" if row.where and row.where != row.what else ""
            steps = f", {row.steps}" if row.steps else ""
            advice = f" Try: {row.advice}" if row.advice else ""
            words = f"{row.severity} {row.rule}{where}{steps}: {row.what}.{advice}"
            rows.append((_name(view.run), words.replace("..", ".")))
    note = "" if rows else "Nothing was found."
    return Fallback(_title(panel, "Findings"), findings=tuple(rows[:_ROWS]), note=note)


_KINDS: Mapping[str, Callable[[Panel], Fallback]] = {
    "curves": _curves,
    "runs": _runs,
    "parallel": _parallel,
    "scatter": _scatter,
    "bars": _bars,
    "diff": _diff,
    "media": _media,
    "histogram": _histogram,
    "config": _config,
    "code": _code,
    "findings": _findings,
}
