"""`gitexp publish`: a branch that shows the runs in any git host's file view."""

from __future__ import annotations

import click

from gitexp.cli._repository import open_repository
from gitexp.cli._sharing import fetch_first, progress
from gitexp.errors import GitexpError, NoRemote
from gitexp.query.browse import host_of
from gitexp.query.publish import branch_files, page_files
from gitexp.query.report import repository_name
from gitexp.query.runs import Runs
from gitexp.store.objects import ObjectWriter
from gitexp.store.publish import commit_branch, fetch_branch, push_branch
from gitexp.store.remote import Remote, find_remote
from gitexp.store.repository import Repository

_BRANCH, _PAGES_BRANCH = "experiments", "experiments-pages"
_TRIES = 3


@click.command()
@click.argument("remote", required=False)
@click.option("-w", "--where", metavar="EXPR", help="Only runs for which it holds.")
@click.option("--pages", is_flag=True, help="Write the HTML report, for static hosting.")
@click.option("--branch", metavar="NAME", help=f"Another branch than {_BRANCH} ({_PAGES_BRANCH}).")
@click.option("--title", help="The page's title.")
@click.option("--no-push", is_flag=True, help="Only write the branch here; ask no remote.")
def command(
    remote: str | None,
    where: str | None,
    pages: bool,
    branch: str | None,
    title: str | None,
    no_push: bool,
) -> int:
    """Show the runs on an ordinary branch.

    A leaderboard as README.md and a folder for each run, without code and checkpoints: every git
    host shows them to whoever may read the repository.
    """
    repo = open_repository()
    branch = branch or (_PAGES_BRANCH if pages else _BRANCH)
    to = None if no_push else _remote(repo, remote)
    if to is not None:
        fetch_first(repo, to)
    for attempt in range(_TRIES):
        theirs = fetch_branch(repo, to, branch) if to is not None else None
        changed = _write(repo, branch, theirs, where=where, pages=pages, title=title)
        refused = push_branch(repo, to, branch, progress()) if to is not None else None
        # Somebody else may have published meanwhile.
        if refused is None or attempt == _TRIES - 1:
            break
    click.echo(f"{branch}: {'written' if changed else 'up to date'}{_where_to(repo, to, branch)}")
    if refused is not None:
        raise GitexpError(f"the branch {branch!r} was not pushed: {refused}", "publish again")
    return 0


def _remote(repo: Repository, word: str | None) -> Remote | None:
    try:
        return find_remote(repo, word)
    except NoRemote:
        if word:
            raise
        return None


def _write(
    repo: Repository,
    branch: str,
    theirs: str | None,
    *,
    where: str | None,
    pages: bool,
    title: str | None,
) -> bool:
    title = title or f"Runs of {repository_name(repo)}"
    writer = ObjectWriter(repo)
    try:
        with Runs(repo) as everything:
            files = (page_files if pages else branch_files)(everything, where, writer, title=title)
        subject = "The runs as a page" if pages else "The runs"
        return bool(commit_branch(repo, branch, files, subject, theirs=theirs, writer=writer))
    finally:
        writer.discard()


def _where_to(repo: Repository, remote: Remote | None, branch: str) -> str:
    if remote is None:
        return ", not pushed"
    try:
        return f", {host_of(repo, remote).branch_tree(branch)}"
    except GitexpError:
        return f", pushed to {remote.shown}"
