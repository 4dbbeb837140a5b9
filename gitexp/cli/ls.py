"""`gitexp ls`: the table of runs."""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator

import click

from gitexp.cli._output import Screen, emit, emit_bytes, emit_table, screen
from gitexp.cli._repository import open_repository
from gitexp.errors import UsageError
from gitexp.query.listing import flat_listing, list_runs
from gitexp.query.news import with_news
from gitexp.query.runs import Found, Runs
from gitexp.render.terminal_list import runs_csv

_DEFAULT = 20


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...")
@click.option("-w", "--where", metavar="EXPR", help="Only runs for which it holds.")
@click.option(
    "-s", "--sort", metavar="KEY", help="Metrics best first, else ascending; - reverses."
)
@click.option("-c", "--columns", metavar="KEY,...", help="What to show; + adds to the usual.")
@click.option("-n", "limit", type=click.IntRange(0), help="How many; 0: all.  [default: 20]")
@click.option("--commit", metavar="COMMIT", help="Only runs that ran the code of a commit.")
@click.option("-f", "--fetch", is_flag=True, help="Get everybody's runs first.")
@click.option("--replicates", is_flag=True, help="One row for runs that differ in their seed.")
@click.option("--json", "as_json", is_flag=True, help="An array of run.json objects.")
@click.option("--csv", "as_csv", is_flag=True, help="A column for each fact, key and metric.")
def command(
    runs: tuple[str, ...],
    where: str | None,
    sort: str | None,
    columns: str | None,
    limit: int | None,
    commit: str | None,
    fetch: bool,
    replicates: bool,
    as_json: bool,
    as_csv: bool,
) -> None:
    """List runs, the newest first.

    \b
    gitexp ls --where "config.lr < 0.01 and status == 'finished'" --sort val_loss
    gitexp ls 'lr-*' @baseline latest
    gitexp ls -n 0 --columns name,created,config.lr,val_loss.min

    The configuration columns are those in which the runs differ.
    """
    if as_json and as_csv:
        raise UsageError("--json and --csv exclude each other")
    if commit and runs:
        raise UsageError("--commit chooses among all runs", "leave out the names")
    if as_json and columns:
        raise UsageError("--json shows whole runs, --columns has no part in it", "use --csv")
    limit = (_DEFAULT if not runs else 0) if limit is None else limit
    repo = open_repository()
    if fetch:
        from gitexp.cli._sharing import fetch_first

        fetch_first(repo)
    if replicates:
        if columns:
            raise UsageError("--replicates chooses the columns itself", "leave --columns out")
        with _collecting_later(), Runs(repo) as everything:
            chosen = _choose(everything, runs, commit, where, sort, None)
            _emit_replicates(everything, chosen, limit, as_json, as_csv)
        return
    with _collecting_later(), Runs(repo) as everything:
        if as_json or as_csv:
            sound = _sound(_choose(everything, runs, commit, where, sort, None))[: limit or None]
            if as_json:
                emit_bytes(b"[" + b",\n".join(run.to_json() for run in sound) + b"]\n")
                return
            keys = _keys(columns, everything, sound)
            table = list_runs(everything, sound, keys) if keys else flat_listing(everything, sound)
            emit(runs_csv(table))
            return
        chosen = _choose(everything, runs, commit, where, sort, limit + 1 if limit else None)
        more = bool(limit) and len(chosen) > limit
        chosen = chosen[: limit or None]
        if not chosen:
            _say_none(everything, bool(runs or where or commit))
        else:
            keys = _keys(columns, everything, chosen)
            _emit_table(everything, chosen, keys, more, screen())


def _emit_replicates(
    everything: Runs, chosen: list[Found], limit: int, as_json: bool, as_csv: bool
) -> None:
    from gitexp.query.replicates import list_replicates, replicates_data

    if as_json:
        import orjson

        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        emit_bytes(orjson.dumps(replicates_data(chosen, limit or None), option=options))
        return
    listing = list_replicates(everything, chosen, limit or None)
    on = screen()
    if as_csv:
        emit(runs_csv(listing))
    elif listing.rows:
        emit_table(listing, width=on.width, on=on)
    else:
        click.echo("no run that finished fits", err=True)


@contextlib.contextmanager
def _collecting_later() -> Iterator[None]:
    """No search for garbage: among the facts of ten thousand runs it takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _choose(
    everything: Runs,
    selectors: tuple[str, ...],
    commit: str | None,
    where: str | None,
    sort: str | None,
    limit: int | None,
) -> list[Found]:
    among = None
    if selectors:
        from gitexp.query.selectors import resolve_many

        among = resolve_many(everything, selectors)
    elif commit:
        from gitexp.query.provenance import runs_of_commit

        among = runs_of_commit(everything, commit)
    return everything.select(among, where=where, sort=sort, limit=limit)


def _keys(columns: str | None, everything: Runs, chosen: list[Found]) -> list[str] | None:
    if columns is None:
        return None
    keys = [key.strip() for key in columns.removeprefix("+").split(",") if key.strip()]
    if not columns.startswith("+"):
        return keys
    usual = [column.key for column in list_runs(everything, chosen).columns]
    return usual + [key for key in keys if key not in usual]


def _emit_table(
    everything: Runs, chosen: list[Found], keys: list[str] | None, more: bool, on: Screen
) -> None:
    listing = list_runs(everything, chosen, keys, limited=more)
    if keys is None:
        listing = with_news(everything, chosen, listing)
    # Columns that were asked for are all shown; the terminal wraps them.
    width = on.width if keys is None else None
    emit_table(listing, width=width, on=on)


def _sound(chosen: list[Found]) -> list[Found]:
    """The runs that can be read; the others are named on stderr."""
    for run in chosen:
        if run.error is not None:
            click.echo(f"left out: run {run.name} is malformed: {run.error}", err=True)
    return [run for run in chosen if run.error is None]


def _say_none(everything: Runs, asked: bool) -> None:
    if asked and everything.count():
        click.echo("no run fits", err=True)
    else:
        emit("No runs yet. Start one: gitexp record python train.py\n")
