"""What `push` and `fetch` have in common: which word is the remote, progress, outcomes."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence

import click

from gitexp.cli._output import emit, screen
from gitexp.errors import GitexpError, UsageError
from gitexp.render import text
from gitexp.render.sharing import shared_problems, shared_runs
from gitexp.schema.shared import Shared
from gitexp.store.fetch import fetch_time_s
from gitexp.store.remote import Remote, find_remote, is_remote
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.store.transfer import Progress


def split_remote(repo: Repository, words: Sequence[str]) -> tuple[list[str], str | None]:
    """Runs and the remote, which is the last word if it is one and no run has that name.

    Raises:
        UsageError: the remote stands first, as git has it.
    """
    if words and is_remote(repo, words[-1]) and RunStore(repo).oid(words[-1]) is None:
        return list(words[:-1]), words[-1]
    first = words[0] if len(words) > 1 else ""
    if f"remote.{first}.url" in repo.config and RunStore(repo).oid(first) is None:
        raise UsageError(f"{first!r} is a remote", "the remote is the last word")
    return list(words), None


def progress() -> Progress | None:
    """Shows what git says, if somebody looks."""
    return _show if sys.stderr.isatty() else None


def _show(chunk: bytes) -> None:
    sys.stderr.buffer.write(chunk)
    sys.stderr.buffer.flush()


def say(line: str) -> None:
    """A line on what happens next, if somebody looks."""
    if sys.stderr.isatty():
        click.echo(line, err=True)


def report(done: Shared, *, dry_run: bool = False) -> int:
    """Print what became of the runs; the exit code."""
    emit(shared_runs(done, colour=screen().colour, dry_run=dry_run))
    for line, hint in shared_problems(done):
        click.echo(f"{click.style('warning:', fg='yellow')} {line}", err=True)
        if hint:
            click.echo(f"{click.style('hint:', fg='cyan')} {hint}", err=True)
    return int(done.failed)


def fetch_first(repo: Repository, remote: Remote | None = None) -> None:
    """Fetch before a look at the runs; where that fails, those that are here are looked at."""
    from gitexp.record.fetching import fetch_runs

    try:
        done = fetch_runs(repo, remote or find_remote(repo))
    except GitexpError as error:
        since = fetch_time_s(repo)
        ago = text.age(time.time() - since) if since else "never"
        click.echo(
            f"{click.style('warning:', fg='yellow')} not fetched ({error.message}); "
            f"last time: {ago}",
            err=True,
        )
        return
    for line, _ in shared_problems(done):
        click.echo(f"{click.style('warning:', fg='yellow')} {line}", err=True)
