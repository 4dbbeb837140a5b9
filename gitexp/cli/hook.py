"""`gitexp hook NAME …`: what the lines in git's hooks call."""

from __future__ import annotations

import os
from pathlib import Path

import click


@click.command("hook", hidden=True, context_settings={"ignore_unknown_options": True})
@click.argument("name")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def command(name: str, arguments: tuple[str, ...]) -> None:
    """What an installed git hook calls.

    Always ends with 0 after at most one line on stderr: a hook of ours never blocks git.
    """
    try:
        _run(name, arguments)
    except Exception as error:  # noqa: BLE001  whatever it is, the user is committing
        said = str(error).partition("\n")[0]
        click.echo(f"gitexp hook {name}: {said or type(error).__name__}", err=True)


def _run(name: str, arguments: tuple[str, ...]) -> None:
    if not arguments:
        return
    message = Path(arguments[0])
    # The hook manager pre-commit hands git's second argument over in the environment.
    source = "".join(arguments[1:2]) or os.environ.get("PRE_COMMIT_COMMIT_MSG_SOURCE", "")

    from gitexp.query import linking
    from gitexp.store.repository import Repository

    if name == "prepare-commit-msg":
        linking.prepare_message(Repository.open(), message.absolute(), source)
    elif name == "commit-msg":
        linking.drop_lonely_trailer(Repository.open(), message.absolute())
