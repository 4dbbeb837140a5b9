"""`gitexp reproduce`: run a run again, and say whether the same came out."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gitexp.capture.handover import handover
from gitexp.capture.interpreter import interpreter_of
from gitexp.capture.output_metrics import OutputMetrics
from gitexp.capture.selection import CAPTURES, chosen_captures
from gitexp.cli._repository import open_repository
from gitexp.cli.checkout import warn_of
from gitexp.errors import GitexpError
from gitexp.hardware.environment import capture_environment
from gitexp.query.checkout import checkout_run
from gitexp.query.runs import Found, Runs
from gitexp.query.selectors import resolve
from gitexp.query.verdict import compare_runs, environment_deltas
from gitexp.query.view import read_environment
from gitexp.record.annotate import add_verdict
from gitexp.record.command import Recorded
from gitexp.record.reproduce import check_link, repeat_command, repeat_config, repeat_run
from gitexp.render import facts, text
from gitexp.schema.diff import ValueDelta
from gitexp.schema.names import FETCHED_PREFIX
from gitexp.schema.run import Run
from gitexp.schema.verdict import EQUAL, FAILED, WITHIN, Comparison
from gitexp.settings import load_settings
from gitexp.store.remote import read_ids
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.store.worktree import Worktree, remove_worktree

DIVERGED_CODE, FAILED_CODE = 3, 4
_TOLERANCE = 0.01


@click.command()
@click.argument("run")
@click.option("--dir", "folder", type=click.Path(path_type=Path),
              help="The worktree to run in; it is kept. By default a temporary one.")  # fmt: skip
@click.option("--link", "links", type=click.Path(path_type=Path), multiple=True, metavar="PATH",
              help="Data that git ignores: link PATH of this worktree into that one.")  # fmt: skip
@click.option("--venv", is_flag=True, help="Build the recorded packages with pip first.")
@click.option("--tolerance", type=click.FloatRange(0), default=_TOLERANCE, show_default=True,
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
    repo = open_repository()
    with Runs(repo) as runs:
        found = resolve(runs, run)
        original = found.run
        repeat_command(original)  # says first what cannot be
        stranger = _stranger(repo, original)
        click.echo(f"command: {facts.command_line(original)}", err=True)
        click.echo(f"folder:  {text.one_line(original.cwd) or '.'}", err=True)
        if stranger:
            click.echo(f"author:  {text.one_line(original.author)} ({stranger})", err=True)
            _ask(yes)
        with _worktree(runs, found, folder) as (top, scratch):
            for place in links:
                check_link(top, place)
            done, different = _run_again(repo, found, top, scratch, links, venv)
    if done.run is None:
        raise GitexpError(f"the new run is not in git yet: {done.trouble}", "gitexp recover")
    comparison = _judge(repo, original, done.run, tolerance, different)
    from gitexp.render.reproduce import comparison_page

    click.echo(comparison_page(comparison), nl=False)
    outcome = comparison.verdict.outcome
    if outcome == FAILED:
        return FAILED_CODE
    return 0 if outcome == EQUAL or (outcome == WITHIN and not exact) else DIVERGED_CODE


@contextmanager
def _worktree(runs: Runs, found: Found, folder: Path | None) -> Iterator[tuple[Path, Path]]:
    """A worktree of the run's code and an empty folder beside it; both go, but for `folder`."""
    scratch = Path(tempfile.mkdtemp(prefix="gitexp-"))
    made: Worktree | None = None
    try:
        made = checkout_run(runs, found, folder or scratch / "code").worktree
        warn_of(made)
        yield made.folder, scratch
    finally:
        if folder is None and made is not None:
            remove_worktree(runs.repo, made.folder)
        shutil.rmtree(scratch, ignore_errors=True)


def _stranger(repo: Repository, run: Run) -> str:
    """Why a run counts as somebody else's; empty: it does not."""
    identity = repo.identity()
    if run.author != f"{identity.name} <{identity.email}>":
        return "somebody else"
    # Whoever pushes a run can write any author into it.
    fetched = read_ids(repo, FETCHED_PREFIX)
    return "it was fetched" if run.id in fetched.values() else ""


def _ask(yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise GitexpError(
            "it is somebody else's command, and there is nobody to ask",
            "look at its code with `gitexp checkout`, then add --yes",
        )
    click.confirm("Run somebody else's command and code on this machine?", abort=True, err=True)


def _run_again(
    repo: Repository,
    found: Found,
    top: Path,
    scratch: Path,
    links: tuple[Path, ...],
    venv: bool,
) -> tuple[Recorded, tuple[ValueDelta, ...]]:
    """Build the environment, compare it, run; what came of it, and what was different."""
    original = found.run
    settings = load_settings(repo.worktree)
    recorded = read_environment(RunStore(repo), found)
    variables: dict[str, str] = {}
    interpreter: Path | None = None
    if venv:
        from gitexp.record.virtualenv import build_virtualenv

        interpreter = build_virtualenv(scratch / "venv", recorded)
        variables["VIRTUAL_ENV"] = str(interpreter.parents[1])
        variables["PATH"] = f"{interpreter.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    words = repeat_command(original, interpreter)
    python = str(interpreter) if interpreter else interpreter_of(words)
    now = capture_environment(python, {**os.environ, **variables})
    different = environment_deltas(recorded, now) if recorded else ()
    _say_environment(different)
    _, hidden = repeat_config(original)
    if hidden:
        click.echo(f"config left out, it was redacted: {', '.join(hidden)}", err=True)
    captures = tuple(name for name in CAPTURES if original.capture.get(name)) or chosen_captures(
        settings.capture_use
    )
    done = repeat_run(
        top,
        settings,
        original,
        words,
        lambda name: click.echo(f"gitexp: recording {name}", err=True),
        python=python,
        captures=captures,
        observer=OutputMetrics(settings.capture_patterns, printed="output" in captures),
        environment={**variables, **handover(words, captures)},
        links={place: repo.top / place for place in links},
    )
    return done, different


def _say_environment(different: tuple[ValueDelta, ...]) -> None:
    from gitexp.render.reproduce import environment_lines

    for line in environment_lines(different):
        click.echo(line, err=True)


def _judge(
    repo: Repository,
    original: Run,
    repeat: Run,
    tolerance: float,
    different: tuple[ValueDelta, ...],
) -> Comparison:
    """Compare both runs and put the verdict down in both."""
    with Runs(repo) as runs:
        before, after = resolve(runs, original.name), resolve(runs, repeat.name)
        comparison = compare_runs(runs, before, after, tolerance=tolerance, environment=different)
    verdict = comparison.verdict
    add_verdict(repo, original.name, verdict)
    add_verdict(repo, repeat.name, verdict.seen_from_repeat(original.name, original.id))
    return comparison
