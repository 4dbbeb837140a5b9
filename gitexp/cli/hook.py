"""`gitexp hook NAME …`: what the lines in git's hooks call."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

_SHOWN = 5  # runs named in one line


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
    if name in ("post-commit", "post-rewrite"):
        _link(name)
    elif name == "pre-push":
        _offer(*_pushed(arguments))
    elif arguments:
        _message(name, arguments)


def _link(name: str) -> None:
    from gitexp.store.repository import Repository

    if name == "post-commit":
        from gitexp.query.commit_links import note_commit

        note_commit(Repository.open())
    else:
        from gitexp.store.commit_notes import follow_rewrite

        follow_rewrite(Repository.open(), sys.stdin.read())


def _pushed(arguments: tuple[str, ...]) -> tuple[str, str]:
    """The remote, and what git says is pushed to it."""
    if remote := os.environ.get("PRE_COMMIT_REMOTE_NAME"):
        # The hook manager pre-commit has read git's lines itself.
        parts = ("LOCAL_BRANCH", "TO_REF", "REMOTE_BRANCH", "FROM_REF")
        return remote, " ".join(os.environ.get(f"PRE_COMMIT_{part}") or "-" for part in parts)
    return "".join(arguments[:1]), sys.stdin.read()


def _offer(remote: str, lines: str) -> None:
    """Say which runs of the pushed commits the remote lacks, or push them if that is wanted.

    Args:
        remote: its name.
        lines: as git tells its pre-push hook.
    """
    from gitexp.query.commit_links import runs_of_push
    from gitexp.store.remote import find_remote, read_ids, read_tracking
    from gitexp.store.repository import Repository

    repo = Repository.open()
    runs = runs_of_push(repo, remote, lines)
    if not runs:
        return
    known = read_tracking(repo, find_remote(repo, remote))
    names = [name for name, oid in runs.items() if known.get(name) != oid]
    if not names:
        return
    what = f"{len(names)} run{'s' if len(names) > 1 else ''} of these commits"
    from gitexp.settings import load_settings

    if load_settings(repo.worktree).push != remote:
        shown = " ".join(names[:_SHOWN]) if len(names) <= _SHOWN else ""
        click.echo(f"gitexp: {what}: `gitexp push {f'{shown} {remote}'.strip()}`", err=True)
        return
    from gitexp.record.outbox import push_in_background
    from gitexp.schema.names import REF_PREFIX

    ids = read_ids(repo, REF_PREFIX)
    for name in names:
        push_in_background(repo, ids[name], remote)
    click.echo(f"gitexp: {what} go along in the background", err=True)


def _message(name: str, arguments: tuple[str, ...]) -> None:
    message = Path(arguments[0])
    # The hook manager pre-commit hands git's second argument over in the environment.
    source = "".join(arguments[1:2]) or os.environ.get("PRE_COMMIT_COMMIT_MSG_SOURCE", "")

    from gitexp.query import linking
    from gitexp.store.repository import Repository

    if name == "prepare-commit-msg":
        linking.prepare_message(Repository.open(), message.absolute(), source)
    elif name == "commit-msg":
        linking.drop_lonely_trailer(Repository.open(), message.absolute())
