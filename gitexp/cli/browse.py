"""`gitexp browse`: a run's files on GitHub or another host."""

from __future__ import annotations

import sys

import click

from gitexp.cli._repository import open_repository
from gitexp.query.browse import run_page
from gitexp.query.selectors import resolve
from gitexp.store.remote import find_remote


@click.command()
@click.argument("run", default="latest")
@click.argument("path", default="")
@click.option("-r", "--remote", metavar="REMOTE", help="Another remote than where you push.")
@click.option("-p", "--print", "only_print", is_flag=True, help="Only print the address.")
def command(run: str, path: str, remote: str | None, only_print: bool) -> None:
    """Open a run on its git host.

    The run's tree at its commit, with README.md below it, or one file of it.

    \b
    gitexp browse latest
    gitexp browse best:val_loss metrics.jsonl

    The address is printed, and opened where there is a browser.
    """
    repo = open_repository()
    found = resolve(repo, run)
    page = run_page(repo, found, find_remote(repo, remote), path)
    click.echo(page.url)
    if page.older:
        click.echo(f"an older state; `gitexp push {found.name}` sends the newest", err=True)
    if not only_print and sys.stdout.isatty() and click.launch(page.url) != 0:
        click.echo("no browser could be opened", err=True)
