"""`gitexp doctor`: say what is wrong, and what to do."""

from __future__ import annotations

import click
import orjson

from gitexp.cli._output import emit, emit_bytes, screen
from gitexp.schema.check import BAD


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="An array of checks.")
def command(as_json: bool) -> int:
    """Check git, runs, locks, disk space and probes.

    Nothing is changed. Exits with 1 if something is bad.
    """
    from gitexp.record.doctor import examine
    from gitexp.render.upkeep import checks_page

    checks = examine()
    if as_json:
        rows = [check.to_json() for check in checks]
        emit_bytes(orjson.dumps(rows, option=orjson.OPT_INDENT_2) + b"\n")
    else:
        emit(checks_page(checks, colour=screen().colour))
    return 1 if any(check.state == BAD for check in checks) else 0
