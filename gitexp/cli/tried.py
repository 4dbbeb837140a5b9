"""`gitexp tried`: has this been run, and what came out."""

from __future__ import annotations

import gc
import re
from pathlib import Path

import click

from gitexp.cli._config import read_config
from gitexp.cli._output import emit, emit_bytes, screen
from gitexp.cli._repository import open_repository
from gitexp.query.runs import Runs
from gitexp.query.tried import SHOWN, ask_tried, question_of
from gitexp.record.values import plain_config
from gitexp.settings import load_settings

_ASSIGNMENT = re.compile(r"[\w.-]+=", re.ASCII)


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option(
    "--config",
    "config_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="Config values from a YAML, JSON or TOML file.",
)
@click.option("-n", "limit", type=click.IntRange(0), default=SHOWN, show_default=True,
              help="How many runs of each kind; 0: all.")  # fmt: skip
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--exit-code", is_flag=True, help="Exit with 1 if it has not been tried.")
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[K=V]... [CMD]...")
def command(
    config_files: tuple[Path, ...],
    limit: int,
    as_json: bool,
    exit_code: bool,
    words: tuple[str, ...],
) -> int:
    """Say whether this has been run before.

    On the code as it is now, and what came out. Of a config (all runs with these values), of a
    command as it would be recorded, or without either of the code. Runs that everybody pushed
    and you fetched are among those looked at.

    \b
    gitexp tried lr=0.1 model.depth=4
    gitexp tried python train.py --lr 0.1
    """
    repo = open_repository()
    split = next((i for i, w in enumerate(words) if not _ASSIGNMENT.match(w)), len(words))
    command = words[split:]
    assigned = plain_config(read_config((), config_files, words[:split]))
    asked = plain_config(read_config(command, config_files, words[:split]))
    gc.disable()  # for a moment only, and there are ten thousand configs to look through
    with Runs(repo) as runs:
        settings = load_settings(repo.worktree)
        question = question_of(repo, asked, command, assigned)
        answer = ask_tried(runs, settings, question, limit=limit or None)
        now_s = runs.now_s
    from gitexp.render.tried import tried_json, tried_page

    if as_json:
        import orjson

        options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
        emit_bytes(orjson.dumps(tried_json(answer), option=options))
    else:
        on = screen()
        emit(tried_page(answer, now_s=now_s, width=on.width, colour=on.colour))
    return int(exit_code and not answer.exact)
