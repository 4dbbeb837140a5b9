"""`gitexp energy`: the ledger of kWh, CO2 and cost."""

from __future__ import annotations

import click

from gitexp.cli._output import emit, emit_bytes, screen
from gitexp.cli._repository import open_repository
from gitexp.query.energy import energy_ledger
from gitexp.query.runs import Runs
from gitexp.schema.ledger import KEYS, STATUS


@click.command()
@click.option("--by", type=click.Choice(KEYS), default=STATUS, show_default=True, help="Rows.")
@click.option("-w", "--where", metavar="EXPR", help="Only runs for which it holds.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(by: str, where: str | None, as_json: bool) -> None:
    """Sum up energy, CO2 and cost.

    Over all runs, with what was spent on runs that did not finish or repeated another one, and
    what `record --if-tried skip` saved.

    \b
    gitexp energy --by author
    gitexp energy --by month --where "created > '1 year ago'"
    """
    with Runs(open_repository()) as runs:
        chosen = None if where is None else runs.select(where=where)
        ledger = energy_ledger(runs, by, chosen)
    from gitexp.render.ledger import ledger_json, ledger_page

    if as_json:
        import orjson

        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        emit_bytes(orjson.dumps(ledger_json(ledger), option=options))
    elif not ledger.total.runs:
        click.echo("no run fits" if where else "No runs yet.", err=True)
    else:
        emit(ledger_page(ledger, colour=screen().colour))
