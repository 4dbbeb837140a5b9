"""`gitexp gc`: free what runs do not need any more."""

from __future__ import annotations

import click
import orjson

from gitexp.cli._output import emit, emit_bytes
from gitexp.cli._repository import open_repository


@click.command("gc")
@click.option("-n", "--dry-run", is_flag=True, help="Only say what would be freed.")
@click.option("--now", is_flag=True, help="Also what is younger than an hour.")
@click.option("--json", "as_json", is_flag=True, help="What was done, as an object.")
def command(dry_run: bool, now: bool, as_json: bool) -> None:
    """Free what removed runs and dropped checkpoints leave.

    Runs, branches, stashes and all else that git can reach stay as they are. It may be run at any
    time, beside running runs too.
    """
    from gitexp.record.upkeep import collect_garbage
    from gitexp.render.upkeep import freed_page

    freed = collect_garbage(open_repository(), dry_run=dry_run, now=now)
    if as_json:
        emit_bytes(orjson.dumps(freed.to_json(), option=orjson.OPT_INDENT_2) + b"\n")
    else:
        emit(freed_page(freed))
