"""`gitexp rm`: remove runs."""

from __future__ import annotations

import sys

import click

from gitexp.cli._repository import open_repository
from gitexp.errors import UsageError
from gitexp.query.selectors import resolve
from gitexp.record.annotate import remove


@click.command()
@click.argument("runs", nargs=-1, required=True, metavar="RUN...")
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
def command(runs: tuple[str, ...], yes: bool) -> None:
    """Remove runs.

    A removed run can be had back by its commit, which is printed, until git collects garbage.
    """
    repo = open_repository()
    found = {(run := resolve(repo, text)).name: run.oid for text in runs}
    if not yes:
        if not sys.stdin.isatty():
            raise UsageError("nobody is there to confirm", "add --yes to remove without asking")
        click.confirm(f"Remove {', '.join(found)}?", abort=True, err=True)
    for name, oid in found.items():
        remove(repo, name)
        click.echo(
            f"removed {name}; `git update-ref refs/experiments/{name} {oid}` brings it back"
        )
