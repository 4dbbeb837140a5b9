"""`gitexp checkout`: a run's code in a worktree of its own."""

from __future__ import annotations

import os
from pathlib import Path

import click

from gitexp.cli._repository import open_repository
from gitexp.query.checkout import CHECKPOINT_FOLDER, checkout_run
from gitexp.query.runs import Runs
from gitexp.query.selectors import resolve
from gitexp.render import text
from gitexp.store.worktree import Worktree

_LINKS = 5


@click.command()
@click.argument("run")
@click.argument("folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path))
@click.option(
    "--checkpoints", is_flag=True, help=f"Its checkpoints too, in DIR/{CHECKPOINT_FOLDER}/."
)
def command(run: str, folder: Path | None, checkpoints: bool) -> None:
    """Check out the code of a run.

    Exactly as it ran, into a git worktree of its own. Nothing but DIR is written, and nothing is
    overwritten. Without DIR it is a folder beside the repository, named as the run. The folder is
    printed.

    \b
    cd "$(gitexp checkout best:val_loss)"
    git worktree remove ../quick-purple-dove
    """
    with Runs(open_repository()) as runs:
        done = checkout_run(runs, resolve(runs, run), folder, checkpoints=checkpoints)
    warn_of(done.worktree)
    if done.checkpoints:
        count = text.plural(len(done.checkpoints), "checkpoint")
        click.echo(f"{count} in {CHECKPOINT_FOLDER}/", err=True)
    elif checkpoints:
        click.echo("the run has no checkpoints", err=True)
    click.echo(os.fsencode(done.folder))


def warn_of(worktree: Worktree) -> None:
    """Say what in a worktree is not just files of its own."""
    links, submodules = worktree.outward_links, worktree.submodules
    if links:
        shown = ", ".join(text.one_line(link) for link in links[:_LINKS])
        more = f" and {len(links) - _LINKS} more" if len(links) > _LINKS else ""
        click.echo(f"links that lead out of it: {shown}{more}", err=True)
    if submodules:
        shown = ", ".join(map(text.one_line, submodules[:_LINKS]))
        click.echo(f"submodules, left empty (git submodule update --init): {shown}", err=True)
