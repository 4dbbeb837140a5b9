"""`gitexp fetch`: get everybody's runs."""

from __future__ import annotations

import click

from gitexp.cli._repository import open_repository
from gitexp.cli._sharing import progress, report, split_remote
from gitexp.record.fetching import fetch_runs
from gitexp.store.remote import find_remote


@click.command()
@click.argument("words", nargs=-1, metavar="[RUN]... [REMOTE|FILE]")
@click.option("-c", "--checkpoints", is_flag=True, help="Bring the checkpoints along.")
def command(words: tuple[str, ...], checkpoints: bool) -> int:
    """Get everybody's runs.

    From a remote, or from a file that `push --bundle` wrote.

    Checkpoints stay on the server until somebody loads one. Runs that you removed stay removed,
    unless you name them. No run of yours is lost: two people's tags and notes are merged.
    """
    repo = open_repository()
    names, remote = split_remote(repo, words)
    done = fetch_runs(
        repo,
        find_remote(repo, remote),
        names or None,
        checkpoints=checkpoints,
        progress=progress(),
    )
    return report(done)
