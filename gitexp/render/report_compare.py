"""What the report says about all runs together: their table, best results, overlaid curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from gitexp.render import facts, text
from gitexp.render.differences import differences
from gitexp.render.frame import Line
from gitexp.render.svg import line_plot
from gitexp.schema.headline import CLOCK, COUNTER, headline_metrics, metric_groups
from gitexp.schema.metrics import LOWER, MetricSummary
from gitexp.schema.run import FINISHED, RUNNING, Run
from gitexp.schema.tree import number
from gitexp.schema.view import RunView

MOST_OVERLAID = 12  # curves in one plot: eight colours, four of them dashed too
_CONFIG_COLUMNS = 6
_METRIC_COLUMNS = 4
_TAGS = 4
_PLOTS = 12
_LOOKED_AT = 400  # metrics of a run


class Cell(NamedTuple):
    """A metric's value in the runs table."""

    text: str
    best: bool = False  # of all runs


class RunsRow(NamedTuple):
    """A run in the runs table."""

    started: str
    took: str
    config: tuple[str, ...]
    metrics: tuple[Cell, ...]
    energy: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RunsTable:
    """All runs, one row each; config and metrics have a column for each of their keys."""

    config_keys: tuple[str, ...]
    more_config: int  # differing keys that have no column
    metric_heads: tuple[tuple[str, str, str], ...]  # key, arrow, "best" or "last"
    energy: bool
    tags: bool
    rows: tuple[RunsRow, ...]


class Tile(NamedTuple):
    """A figure at the top of the page."""

    label: str
    value: str
    note: str
    anchor: str = ""  # of the run that it is from


class Overlay(NamedTuple):
    """A metric's curves in several runs."""

    key: str
    svg: Markup


def detailed(runs: int) -> int:
    """Of how many runs a page about so many has more than a row: the first ones."""
    return runs if runs <= 200 else 50


def runs_table(views: Sequence[RunView], now_s: float) -> RunsTable:
    """The table of all runs; the best result of each metric is marked."""
    runs = [view.run for view in views]
    differing = differences([run.config for run in runs])
    columns = [key for key in differing if not key.missing_only][:_CONFIG_COLUMNS]
    merged = _merged(runs)
    keys = headline_metrics(merged, _METRIC_COLUMNS)
    best = {key: _best_run(runs, key, merged[key].goal) for key in keys}
    rows = [
        RunsRow(
            started=text.age_of(str(run.created_at), now_s),
            took=text.duration(run.duration_s),
            config=tuple(_short(column.values[place]) for column in columns),
            metrics=tuple(
                Cell(
                    text.number(_result(run, key, merged[key].goal)),
                    len(runs) > 1 and best[key] == place,
                )
                for key in keys
            ),
            energy=text.energy(run.hardware.energy_wh),
            tags=tuple(text.cut(text.one_line(str(tag)), 40) for tag in run.tags[:_TAGS]),
        )
        for place, run in enumerate(runs)
    ]
    return RunsTable(
        config_keys=tuple(column.key for column in columns),
        more_config=len(differing) - len(columns),
        metric_heads=tuple(
            (key, facts.arrow(merged[key]), "best" if facts.arrow(merged[key]) else "last")
            for key in keys
        ),
        energy=any(row.energy != text.NONE for row in rows),
        tags=any(row.tags for row in rows),
        rows=tuple(rows),
    )


def tiles(views: Sequence[RunView]) -> list[Tile]:
    """The best results, and what they took."""
    runs = [view.run for view in views]
    merged = _merged(runs)
    found = []
    for key in headline_metrics(merged, 3):
        goal = merged[key].goal
        place = _best_run(runs, key, goal)
        if place is None:
            continue
        metric = runs[place].metrics[key]
        name = text.cut_middle(text.one_line(str(runs[place].name)), 40)
        name = f"{name}, " if len(runs) > 1 else ""
        found.append(
            Tile(
                f"Best {text.cut_middle(key, 32)} {facts.arrow(metric)}",
                text.number(metric.best),
                f"{name}step {facts.step(metric.best_step)}",
                f"run-{place + 1}" if place < detailed(len(views)) else "",
            )
        )
    in_all = " in all" if len(runs) > 1 else ""
    took = sum(number(run.duration_s) or 0.0 for run in runs)
    found.append(Tile(f"Time{in_all}", text.duration(took), _how_many(runs)))
    if energy := [wh for run in runs if (wh := number(run.hardware.energy_wh)) is not None]:
        co2 = sum(number(run.hardware.co2_g) or 0.0 for run in runs)
        found.append(Tile(f"Energy{in_all}", text.energy(sum(energy)), f"{text.mass(co2)} CO₂"))
    return found


def _how_many(runs: Sequence[Run]) -> str:
    if len(runs) == 1:
        return text.cut(text.one_line(str(runs[0].status)), 40)
    running = sum(run.status == RUNNING for run in runs)
    finished = sum(run.status == FINISHED for run in runs)
    note = f"{running:,} still running" if running else f"{finished:,} finished"
    return f"{text.plural(len(runs), 'run')}, {note}"


def overlays(views: Sequence[RunView]) -> list[Overlay]:
    """One plot for each telling metric with the curves of the first runs, a colour for each."""
    shown = views[:MOST_OVERLAID]
    merged = {
        key: metric
        for key, metric in _merged([view.run for view in shown]).items()
        if any(len(view.series.get(key, ())) > 1 for view in shown)
    }
    groups = metric_groups(merged)
    # Validation before training: what runs are compared by stands first.
    keys = [key for g in groups if g.kind != COUNTER for key in reversed(g.keys)][:_PLOTS]
    side = {key for g in groups if g.kind >= CLOCK for key in g.keys}
    found = []
    for key in keys:
        lines = [
            Line(str(view.run.name), view.series[key], place)
            for place, view in enumerate(shown)
            if len(view.series.get(key, ()))
        ]
        if key in side and len(lines) < 2 and len(views) > 1:
            continue
        arrow = facts.arrow(merged[key])
        svg = line_plot(
            lines,
            title=f"{key} {arrow}".strip(),
            width=420,
            height=250,
            points=240 if len(lines) <= 4 else 120,
            legend=False,
            standalone=False,
        )
        found.append(Overlay(key, Markup(svg)))  # line_plot escapes all text
    return found


def _short(value: str) -> str:
    """A config value for a narrow column: numbers in five digits."""
    try:
        return text.number(float(value), 5) if len(value) > 9 else value
    except ValueError:
        return text.cut_middle(value, 24)


def _merged(runs: Sequence[Run]) -> dict[str, MetricSummary]:
    """Every metric that any run has, as the first run that has it."""
    merged: dict[str, MetricSummary] = {}
    for run in runs:
        for key, metric in list(run.metrics.items())[:_LOOKED_AT]:
            merged.setdefault(key, metric)
    return merged


def _result(run: Run, key: str, goal: str | None) -> float | None:
    """A run's best value where it is known what better means, else its last one."""
    metric = run.metrics.get(key)
    if metric is None:
        return None
    if goal is None:
        return metric.last
    return metric.min if goal == LOWER else metric.max


def _best_run(runs: Sequence[Run], key: str, goal: str | None) -> int | None:
    """The place of the run with the best value; None where none is known to be better."""
    if goal is None:
        return None
    found = [
        (value, place)
        for place, run in enumerate(runs)
        if (value := number(_result(run, key, goal))) is not None and value == value
    ]
    if not found:
        return None
    choose = min if goal == LOWER else max
    return choose(found, key=lambda entry: entry[0])[1]
