"""`gitexp hooks`: install, remove and show the git hooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from gitexp.store.hooks import HookState

_ANYWHERE = click.option(
    "--shared",
    is_flag=True,
    help="Also where core.hooksPath names a folder that is not this repository's own.",
)


@click.group("hooks")
def command() -> None:
    """Install or remove the git hooks.

    prepare-commit-msg adds a trailer such as `Experiment: quick-purple-dove (val_loss 0.0123)`
    to the message of a commit whose files are exactly those that a run ran; post-commit notes the
    run at the commit, post-rewrite carries such notes through rebases, and pre-push names the runs
    of what is pushed. Your own hooks stay as they are, a few lines are added to them.
    """


@command.command("install")
@_ANYWHERE
def install(shared: bool) -> int:
    """Install the hooks, beside those that are there."""
    from gitexp.store.hooks import BLOCKED, install_hooks
    from gitexp.store.repository import Repository

    states = install_hooks(Repository.open(), anywhere=shared)
    _echo(states)
    return int(any(state.state == BLOCKED for state in states))


@command.command("uninstall")
def uninstall() -> None:
    """Take our lines out of the hooks again."""
    from gitexp.store.hooks import MANAGED, hook_states, uninstall_hooks
    from gitexp.store.repository import Repository

    repo = Repository.open()
    removed = uninstall_hooks(repo)
    managed = [state for state in hook_states(repo) if state.state == MANAGED]
    for state in removed:
        rest = ", your own lines stay" if state.beside else ""
        click.echo(f"{state.name}  removed{rest}")
    for state in managed:
        click.echo(f"{state.name}  {state.why}: that line is yours to take out")
    if not removed and not managed:
        click.echo("no hook of gitexp's is installed")


@command.command("status")
@_ANYWHERE
def status(shared: bool) -> None:
    """Show which hooks are installed, and what stands in the way."""
    from gitexp.store.hooks import hook_states
    from gitexp.store.repository import Repository

    _echo(hook_states(Repository.open(), anywhere=shared))


def _echo(states: list[HookState]) -> None:
    width = max(len(state.name) for state in states)
    for state in states:
        beside = " beside your own lines" if state.beside and state.state == "installed" else ""
        why = f": {state.why}" if state.why else ""
        click.echo(f"{state.name:<{width}}  {state.state}{beside}{why}")
    for state in states:
        if state.hint:
            click.echo(f"{click.style('hint:', fg='cyan')} {state.name}: {state.hint}", err=True)
