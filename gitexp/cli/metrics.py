"""`gitexp metrics`: series as a table, CSV, JSON or a plot."""

from __future__ import annotations

from collections.abc import Sequence

import click

from gitexp.cli._output import Screen, emit, emit_bytes, emit_table, screen
from gitexp.cli._repository import open_repository
from gitexp.errors import MalformedRun, UsageError
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import split_selectors
from gitexp.query.table import along, choose_series, series_listing
from gitexp.render.terminal_list import runs_csv
from gitexp.schema.headline import headline_metrics
from gitexp.schema.series import Series

_ROWS = 20
_PLOTS = 6  # without KEY
_HEIGHT = 14
_AXES = ("step", "time", "relative")


@click.command()
@click.argument("words", nargs=-1, required=True, metavar="RUN... [KEY]...")
@click.option("--plot", "as_plot", is_flag=True, help="Draw the curves, runs over each other.")
@click.option("--csv", "as_csv", is_flag=True, help="A row for each step, a column for each key.")
@click.option("--json", "as_json", is_flag=True, help="Lists of steps, times and values.")
@click.option("-x", "--x", "x", default="step", show_default=True, metavar="AXIS",
              help="The plot's x axis: step, time, relative or a KEY.")  # fmt: skip
@click.option("--log", is_flag=True, help="A logarithmic y axis.")
@click.option("-n", "limit", type=click.IntRange(0), metavar="ROWS",
              help="The last rows of each run; 0: all.  [default: 20, --csv: all]")  # fmt: skip
def command(
    words: tuple[str, ...],
    as_plot: bool,
    as_csv: bool,
    as_json: bool,
    x: str,
    log: bool,
    limit: int | None,
) -> None:
    """Print or plot metric series.

    Words that mean runs come first; the first that does not, and all after it, are keys: metrics
    or hardware figures, globs allowed. `--` ends the runs.

    \b
    gitexp metrics latest --plot
    gitexp metrics 'lr-*' val_loss --plot --log
    gitexp metrics latest 'train/*' 'gpu.*.power_w' --csv > series.csv
    """
    if as_plot + as_csv + as_json > 1:
        raise UsageError("--plot, --csv and --json exclude each other")
    if not as_plot and (log or x != "step"):
        raise UsageError("--log and --x are for --plot")
    with Runs(open_repository()) as runs:
        found, keys = split_selectors(runs, words)
        wanted = [*keys, x] if keys and x not in _AXES else keys
        series = choose_series(runs.repo, found, wanted)
        if not any(series):
            _say_there_are_none(found)
    if as_json:
        _emit_json(found, series)
    elif as_csv:
        emit(runs_csv(series_listing(found, series, limit or None, relative=False)))
    elif as_plot:
        _emit_plots(found, series, x, log, bool(keys), screen())
    else:
        _emit_table(found, series, _ROWS if limit is None else limit or None, screen())


def _say_there_are_none(found: Sequence[Found]) -> None:
    """Say why the table is empty; a run that is malformed may well be the reason."""
    for run in found:
        if run.error is not None:
            raise MalformedRun(run.name, run.error)
    which = "the run has" if len(found) == 1 else "the runs have"
    click.echo(f"{which} no metrics", err=True)


def _emit_json(found: Sequence[Found], series: Sequence[dict[str, Series]]) -> None:
    import orjson

    from gitexp.render.machine import series_json

    objects = [series_json(run.name, chosen) for run, chosen in zip(found, series, strict=True)]
    emit_bytes(orjson.dumps(objects) + b"\n")


def _emit_table(
    found: Sequence[Found], series: Sequence[dict[str, Series]], limit: int | None, on: Screen
) -> None:
    listing = series_listing(found, series, limit, relative=True)
    emit_table(listing, width=on.width, on=on)


def _emit_plots(
    found: Sequence[Found],
    series: Sequence[dict[str, Series]],
    x: str,
    log: bool,
    asked: bool,
    on: Screen,
) -> None:
    from gitexp.render.terminal_plot import PlotLine, plot

    keys = list(dict.fromkeys(key for chosen in series for key in chosen if key != x))
    if not asked:
        summaries = {k: m for run in reversed(found) for k, m in run.run.metrics.items()}
        keys = headline_metrics(summaries, _PLOTS)
    drawings = []
    for key in keys:
        lines = [
            PlotLine(run.name, along(chosen, key, x, run.created_s), chosen[key].values)
            for run, chosen in zip(found, series, strict=True)
            if key in chosen
        ]
        drawings.append(
            plot(lines, title=key, x_kind=x, width=on.width or 100, height=_HEIGHT, log=log,
                 colour=on.colour)
        )  # fmt: skip
    emit("\n".join(drawings))
