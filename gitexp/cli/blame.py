"""`gitexp blame`: which runs ran a line of code."""

from __future__ import annotations

from pathlib import Path

import click

from gitexp.cli._output import emit, emit_bytes, emit_table, screen
from gitexp.cli._repository import open_repository
from gitexp.errors import UsageError
from gitexp.query.listing import list_runs
from gitexp.query.provenance import runs_of_line
from gitexp.query.runs import Runs
from gitexp.render import text

_DEFAULT = 20


@click.command()
@click.argument("place", metavar="FILE:LINE")
@click.option("-s", "--sort", metavar="KEY", help="Metrics best first, else ascending.")
@click.option(
    "-n",
    "limit",
    type=click.IntRange(0),
    default=_DEFAULT,
    help="How many; 0: all.  [default: 20]",
)
@click.option("--json", "as_json", is_flag=True, help="An array of run.json objects.")
def command(place: str, sort: str | None, limit: int, as_json: bool) -> None:
    """Tell which runs ran a line of code.

    \b
    gitexp blame train.py:42
    gitexp blame model.py:7 --sort val_loss
    """
    file, _, number = place.rpartition(":")
    if not file or not number.isdigit():
        raise UsageError(f"{place!r} is no FILE:LINE", "as in train.py:42")
    with Runs(open_repository()) as everything:
        found = runs_of_line(everything, Path(file), int(number))
        chosen = everything.select(found.runs, sort=sort)
        if as_json:
            shown = chosen[: limit or None]
            emit_bytes(b"[" + b",\n".join(run.to_json() for run in shown) + b"]\n")
            return
        on = screen()
        written = found.written or "not committed yet"
        emit(f"{found.path}:{found.line}  {text.one_line(found.text.strip())}\n{written}\n\n")
        if not chosen:
            emit("No run ran it.\n")
            return
        more = bool(limit) and len(chosen) > limit
        listing = list_runs(everything, chosen[: limit or None], limited=more)
        emit_table(listing, width=on.width, on=on)
