"""`gitexp tag`: add or remove tags."""

from __future__ import annotations

import click

from gitexp.cli._repository import open_repository
from gitexp.errors import UsageError
from gitexp.query.selectors import resolve
from gitexp.record.annotate import set_tags


@click.command()
@click.argument("run")
@click.argument("tags", nargs=-1)
@click.option("-d", "--delete", multiple=True, metavar="TAG", help="Remove a tag.")
def command(run: str, tags: tuple[str, ...], delete: tuple[str, ...]) -> None:
    """Add or remove tags.

    \b
    gitexp tag latest baseline good
    gitexp tag quick-purple-dove -d good
    """
    if not tags and not delete:
        raise UsageError("no tag is given", "gitexp tag RUN TAG… or gitexp tag RUN -d TAG")
    for tag in tags:
        if not tag.strip() or "," in tag or any(not c.isprintable() for c in tag):
            raise UsageError(f"{tag!r} cannot be a tag", "tags are words without commas")
    repo = open_repository()
    changed = set_tags(repo, resolve(repo, run).name, list(tags), list(delete))
    click.echo(f"{changed.name}: {', '.join(changed.tags) or 'no tags'}")
