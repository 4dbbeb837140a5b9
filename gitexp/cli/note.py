"""`gitexp note`: write a note on a run."""

from __future__ import annotations

import sys

import click

from gitexp.cli._repository import open_repository
from gitexp.query.selectors import resolve
from gitexp.record.annotate import set_note


@click.command()
@click.argument("run")
@click.argument("text", nargs=-1)
def command(run: str, text: tuple[str, ...]) -> None:
    """Write a note on a run.

    The text replaces the note that is there; without a text it is read from standard input or,
    on a terminal, from your editor.
    """
    repo = open_repository()
    found = resolve(repo, run)
    if text:
        note: str | None = " ".join(text)
    elif sys.stdin.isatty():
        note = click.edit(found.run.notes if found.run else "")
    else:
        note = sys.stdin.read()
    if note is None:
        click.echo("note unchanged", err=True)
        return
    changed = set_note(repo, found.name, note.strip())
    click.echo(f"{changed.name}: {changed.notes or 'no note'}")
