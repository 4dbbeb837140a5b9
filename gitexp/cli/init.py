"""`gitexp init`: set a repository up, or take that back."""

from __future__ import annotations

import click

from gitexp.errors import NoRemote, UsageError
from gitexp.store.remote import find_remote
from gitexp.store.repository import Repository
from gitexp.store.setup import set_up
from gitexp.store.setup import undo as undo_setup


@click.command()
@click.argument("remote", required=False)
@click.option("--hooks", is_flag=True, help="Install the git hooks, too.")
@click.option("--git-fetch", is_flag=True, help="Let a plain `git fetch` bring runs, too.")
@click.option("--undo", is_flag=True, help="Take all of it back; the runs stay.")
def command(remote: str | None, hooks: bool, git_fetch: bool, undo: bool) -> int:
    """Set a repository up for sharing.

    Nothing needs it: recording, pushing and fetching work without. It sets what is convenient in
    .git/config and .git/info/attributes, and says what.
    """
    if undo and (remote or hooks or git_fetch):
        raise UsageError("--undo takes all of it back", "leave out the rest")
    repo = Repository.open()
    if undo:
        done, left = undo_setup(repo)
        for line in done or ([] if left else ["nothing was set up"]):
            click.echo(line)
        for line in left:
            click.echo(f"{click.style('warning:', fg='yellow')} {line}", err=True)
        return int(bool(left))
    try:
        to = find_remote(repo, remote)
    except NoRemote:
        if remote or git_fetch:
            raise
        to = None
    for line in set_up(repo, to, hooks=hooks, git_fetch=git_fetch) or ["all is set up already"]:
        click.echo(line)
    return 0
