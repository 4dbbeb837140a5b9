"""`gitexp rename`: give a run another name."""

from __future__ import annotations

import click

from gitexp.cli._repository import open_repository
from gitexp.query.selectors import resolve
from gitexp.record.annotate import rename


@click.command()
@click.argument("run")
@click.argument("new_name")
def command(run: str, new_name: str) -> None:
    """Give a run another name.

    Its id stays, and so does its history.
    """
    repo = open_repository()
    old = resolve(repo, run).name
    rename(repo, old, new_name)
    click.echo(f"{old} is now {new_name}")
