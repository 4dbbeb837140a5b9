"""`gitexp reproduce`: run a run again, and say whether the same came out."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from gitexp.capture.reproduce import TOLERANCE, Audience, How, reproduce_run
from gitexp.cli._repository import open_repository
from gitexp.cli.checkout import warn_of
from gitexp.errors import GitexpError
from gitexp.render import facts, text
from gitexp.schema.diff import ValueDelta
from gitexp.schema.run import Run
from gitexp.schema.verdict import EQUAL, FAILED, WITHIN
from gitexp.store.worktree import Worktree

DIVERGED_CODE, FAILED_CODE = 3, 4
_SHOWN = 5  # files


@click.command()
@click.argument("run")
@click.option("--dir", "folder", type=click.Path(path_type=Path),
              help="The worktree to run in; it is kept. By default a temporary one.")  # fmt: skip
@click.option("--link", "links", type=click.Path(path_type=Path), multiple=True, metavar="PATH",
              help="Data that git ignores: link PATH of this worktree into that one.")  # fmt: skip
@click.option("--venv", is_flag=True, help="Build the recorded packages with pip first.")
@click.option("--tolerance", type=click.FloatRange(0), default=TOLERANCE, show_default=True,
              help="Relative difference that still counts as the same.")  # fmt: skip
@click.option("--exact", is_flag=True, help="Only bit-equal counts.")
@click.option("-y", "--yes", is_flag=True, help="Do not ask before somebody else's command.")
def command(
    run: str,
    folder: Path | None,
    links: tuple[Path, ...],
    venv: bool,
    tolerance: float,
    exact: bool,
    yes: bool,
) -> int:
    """Run a run again and compare.

    In a fresh worktree of its code. Says whether the same came out; the new run and the old one
    both keep the verdict. Exit code: 0 it did, 3 the results diverge, 4 one of them failed and
    the other did not.

    \b
    gitexp reproduce best:val_loss
    gitexp reproduce quick-purple-dove --link data
    """
    how = How(folder=folder, links=links, venv=venv, tolerance=tolerance)
    comparison = reproduce_run(open_repository(), run, how, _Terminal(yes))
    from gitexp.render.reproduce import comparison_page

    click.echo(comparison_page(comparison), nl=False)
    outcome = comparison.verdict.outcome
    if outcome == FAILED:
        return FAILED_CODE
    return 0 if outcome == EQUAL or (outcome == WITHIN and not exact) else DIVERGED_CODE


class _Terminal(Audience):
    """Tells on stderr, asks on the terminal."""

    def __init__(self, yes: bool) -> None:
        self._yes = yes

    def begin(self, original: Run, stranger: str) -> None:
        click.echo(f"command: {facts.command_line(original)}", err=True)
        click.echo(f"folder:  {text.one_line(original.cwd) or '.'}", err=True)
        if not stranger:
            return
        click.echo(f"author:  {text.one_line(original.author)} ({stranger})", err=True)
        if self._yes:
            return
        if not sys.stdin.isatty():
            raise GitexpError(
                "it is somebody else's command, and there is nobody to ask",
                "look at its code with `gitexp checkout`, then add --yes",
            )
        question = "Run somebody else's command and code on this machine?"
        click.confirm(question, abort=True, err=True)

    def checked_out(self, worktree: Worktree) -> None:
        warn_of(worktree)

    def left_out(self, packages: Sequence[str]) -> None:
        named = ", ".join(map(text.one_line, packages))
        click.echo(f"pip finds them nowhere, left out: {named}", err=True)

    def compared(self, different: tuple[ValueDelta, ...], hidden: Sequence[str]) -> None:
        from gitexp.render.reproduce import environment_lines

        for line in environment_lines(different):
            click.echo(line, err=True)
        if hidden:
            named = ", ".join(map(text.one_line, hidden))
            click.echo(f"config left out, it was redacted: {named}", err=True)

    def missing(self, inputs: Sequence[str]) -> None:
        shown = ", ".join(map(text.one_line, inputs[:_SHOWN]))
        more = f" and {len(inputs) - _SHOWN} more" if len(inputs) > _SHOWN else ""
        click.echo(f"it read what is not in its code, nor here as it was: {shown}{more}", err=True)

    def started(self, name: str) -> None:
        click.echo(f"gitexp: recording {text.one_line(name)}", err=True)
