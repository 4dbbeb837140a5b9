"""`gitexp recover`: commit runs whose processes died."""

from __future__ import annotations

import click

from gitexp.cli._repository import open_repository
from gitexp.record.recovery import recover


@click.command()
def command() -> int:
    """Commit runs whose processes died.

    Every gitexp command does that in passing; this one says what it found.
    """
    done = recover(open_repository(recover_runs=False))
    for recovery in done:
        if recovery.run is not None:
            click.echo(f"{recovery.run.name}: {recovery.run.status}, committed from its journal")
        elif recovery.adopted:
            click.echo(f"{recovery.name}: still running, supervised again")
        else:
            click.echo(f"{recovery.name}: {recovery.error}", err=True)
    if not done:
        click.echo("nothing to recover")
    return 1 if any(recovery.error for recovery in done) else 0
