"""`gitexp ui`: the live dashboard."""

from __future__ import annotations

import click

from gitexp.cli._repository import open_repository


@click.command()
@click.option("-p", "--port", type=int, metavar="PORT", help="Which port; 0: any that is free.")
@click.option("--open", "open_it", is_flag=True, help="Show it in the browser.")
@click.option("--edit", is_flag=True, help="Allow to tag, note and hide runs in the page.")
@click.option(
    "-f",
    "--fetch",
    is_flag=False,
    flag_value="",
    metavar="[REMOTE]",
    help="Get everybody's runs, once a minute.",
)
def command(port: int | None, open_it: bool, edit: bool, fetch: str | None) -> None:
    """Show the runs in a live dashboard.

    A web page that only this machine can open. Running runs are followed as they log; Ctrl-C ends
    it.

    \b
    gitexp ui --open
    gitexp ui --edit                    tag, note and hide runs in the page
    gitexp ui --fetch origin            the team's running runs, too
    """
    from gitexp.paths import web_bundle
    from gitexp.serve.lifecycle import prepare
    from gitexp.store.remote import find_remote

    repo = open_repository()
    source = None if fetch is None else find_remote(repo, fetch or None)
    serving = prepare(repo, port=port, edit=edit, fetch=source)
    if web_bundle() is None:
        click.echo(
            f"{click.style('warning:', fg='yellow')} the app is not built, a page without it is "
            "shown: `gitexp doctor` says how to get it",
            err=True,
        )
    click.echo(serving.url)
    click.echo("Ctrl-C ends it.", err=True)
    if open_it and click.launch(serving.url) != 0:
        click.echo("no browser could be opened", err=True)
    serving.run()
