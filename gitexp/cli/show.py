"""`gitexp show`: one run, or one file of it."""

from __future__ import annotations

from dataclasses import replace

import click

from gitexp.cli._output import Screen, emit, emit_bytes, screen
from gitexp.cli._repository import open_repository
from gitexp.errors import GitexpError
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import resolve
from gitexp.query.view import load_view, read_run_file
from gitexp.query.whence import known_start


@click.command()
@click.argument("run", default="latest")
@click.argument("path", required=False)
@click.option("--json", "as_json", is_flag=True, help="The run.json object.")
def command(run: str, path: str | None, as_json: bool) -> None:
    """Show one run: facts, curves, files. Without RUN: the latest.

    With PATH: print that file of the run, e.g. output.log, environment.json or code/train.py.

    \b
    gitexp show best:val_loss
    gitexp show latest output.log
    """
    with Runs(open_repository()) as runs:
        found = resolve(runs, run)
        if path is not None:
            _emit_file(runs, found, path, screen())
        elif as_json:
            _ = found.run  # a malformed one says why
            emit_bytes(found.to_json().rstrip() + b"\n")
        else:
            on = screen()
            view = load_view(runs.repo, found, index=runs.index, output_lines=0)
            view = replace(view, started_from=known_start(runs, found))
            # Only this command and only here: rendering waits for what was read.
            from gitexp.render.terminal_run import run_page

            emit(run_page(view, now_s=runs.now_s, width=on.width, colour=on.colour))


def _emit_file(runs: Runs, found: Found, path: str, on: Screen) -> None:
    content = read_run_file(runs.repo, found, path)
    if content is None:
        raise GitexpError(
            f"run {found.name!r} has no file {path!r}",
            f"`gitexp show {found.name}` lists its files",
        )
    if not on.terminal:
        emit_bytes(content)
        return
    if b"\0" in content[:8192]:
        raise GitexpError(
            f"{path} is binary ({len(content):,} bytes)", f"gitexp show {found.name} {path} > FILE"
        )
    from gitexp.render.terminal_text import harmless

    emit(harmless(content.decode("utf-8", "replace"), colour=on.colour))
