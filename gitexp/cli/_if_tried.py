"""`gitexp record --if-tried`: what was run before, looked up before anything starts."""

from __future__ import annotations

import contextlib
from typing import Any

import click

from gitexp.errors import BadSetting
from gitexp.journal.savings import note_saving
from gitexp.record.values import plain_config
from gitexp.render import text
from gitexp.schema.run import Run
from gitexp.schema.tried import Tried
from gitexp.settings import IF_TRIED, Settings
from gitexp.store.repository import Repository

_SHOWN = 3


def is_answered(
    repo: Repository,
    settings: Settings,
    choice: str | None,
    command: tuple[str, ...],
    config: dict[str, Any],
    assigned: dict[str, Any],
    *,
    quiet: bool,
) -> bool:
    """Whether the command is not to be run, since an earlier run answers; says what was found.

    Args:
        repo: where.
        settings: of the project; `if_tried` holds where `choice` is None.
        choice: warn or skip.
        command: that is to run.
        config: as it would be recorded.
        assigned: the part of it that the command's arguments have no part in.
        quiet: nothing is said.

    Raises:
        BadSetting: `if_tried` is none of the three.
    """
    choice = choice or settings.if_tried
    if choice not in IF_TRIED:
        raise BadSetting("[tool.gitexp]", "if_tried", f"expected {', '.join(IF_TRIED)}")
    from gitexp.query.runs import Runs
    from gitexp.query.tried import ask_tried, question_of

    with Runs(repo) as runs:
        question = question_of(repo, plain_config(config), command, plain_config(assigned))
        answer = ask_tried(runs, settings, question, limit=_SHOWN)
        now_s = runs.now_s
    done = answer.done if choice == "skip" else None
    if done is not None:
        # What it saves is a figure for the ledger; that it cannot be noted is no reason to run.
        with contextlib.suppress(OSError):
            note_saving(repo.common_dir, done)
    if not quiet:
        _say(answer, done, now_s)
    return done is not None


def _say(answer: Tried, done: Run | None, now_s: float) -> None:
    from gitexp.render.tried import tried_line

    if done is not None:
        click.echo(f"gitexp: tried before, not run again: {tried_line(done, now_s)}", err=True)
        click.echo(f"        gitexp show {text.one_line(done.name)}", err=True)
        return
    for earlier in answer.exact:
        click.echo(f"gitexp: tried before: {tried_line(earlier.run, now_s)}", err=True)
    more = answer.counts.get("exact", 0) - len(answer.exact)
    if more > 0:
        click.echo(f"gitexp: … and {text.plural(more, 'time')} more", err=True)
    if not answer.exact and answer.other_data:
        newest = tried_line(answer.other_data[0].run, now_s)
        click.echo(f"gitexp: tried before on other data: {newest}", err=True)
