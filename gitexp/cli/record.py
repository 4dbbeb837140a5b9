"""`gitexp record`: run a command as a tracked run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from gitexp.capture.handover import handover, with_stand_in
from gitexp.capture.interpreter import interpreter_of
from gitexp.capture.output_observer import OutputObserver
from gitexp.capture.selection import chosen_captures
from gitexp.cli._config import read_config
from gitexp.cli._repository import open_repository
from gitexp.record.command import Recorded, record
from gitexp.record.start import Plan, trial_of_environment
from gitexp.render import text
from gitexp.schema.headline import headline_metrics
from gitexp.schema.run import FINISHED
from gitexp.settings import IF_TRIED, load_settings
from gitexp.store.remote import find_remote

_MARKS = {FINISHED: ("✓", "green")}


@click.command(context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False})
@click.option("-n", "--name", help="The run's name; by default three words are chosen.")
@click.option("-t", "--tag", "tags", multiple=True, help="A tag; may be given several times.")
@click.option("-m", "--note", "note", default="", help="A note on the run.")
@click.option("-g", "--group", help="A group of runs that it belongs to.")
@click.option(
    "--set", "assignments", metavar="KEY=VALUE", multiple=True, help="Set a config value."
)
@click.option(
    "--config",
    "config_files",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    help="A YAML, JSON or TOML file of config values.",
)
@click.option(
    "--checkpoint", "globs", metavar="GLOB", multiple=True,
    help="Keep files that the command writes as checkpoints, e.g. 'out/*.safetensors'.",
)  # fmt: skip
@click.option(
    "--keep", metavar="GLOB", multiple=True,
    help="Keep files that the command writes in the run, e.g. 'figures/*.png'.",
)  # fmt: skip
@click.option("--watch", is_flag=True, help="Watch the first PyTorch model that is trained.")
@click.option(
    "--interval",
    type=click.FloatRange(min=0.05),
    metavar="SECONDS",
    help="Time between two hardware samples (default 1).",
)
@click.option("--no-capture", is_flag=True, help="Look at nothing but the command line and files.")
@click.option(
    "--capture", "captures", metavar="NAME,...", help="Only these captures, e.g. argparse,output."
)
@click.option("--push/--no-push", default=None, help="Push the run to the remote while it runs.")
@click.option("--push-to", metavar="REMOTE", help="Push it to this remote while it runs.")
@click.option(
    "--if-tried", type=click.Choice(IF_TRIED),
    help="What to do if the same was run before: run, warn, or skip it.",
)  # fmt: skip
@click.option(
    "--wandb/--no-wandb", "wandb", default=None,
    help="Answer `import wandb` [default: where it is not installed].",
)  # fmt: skip
@click.option("-q", "--quiet", is_flag=True, help="Print nothing of our own.")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED, metavar="CMD...")
def command(
    name: str | None,
    tags: tuple[str, ...],
    note: str,
    group: str | None,
    assignments: tuple[str, ...],
    config_files: tuple[Path, ...],
    globs: tuple[str, ...],
    keep: tuple[str, ...],
    watch: bool,
    interval: float | None,
    no_capture: bool,
    captures: str | None,
    push: bool | None,
    push_to: str | None,
    if_tried: str | None,
    wandb: bool | None,
    quiet: bool,
    command: tuple[str, ...],
) -> int:
    """Run a command as a tracked run.

    \b
    gitexp record python train.py --lr 0.1
    gitexp record -t baseline --config base.yaml -- ./train.sh
    """
    repo = open_repository(recover_runs=False)
    settings = load_settings(repo.worktree)
    if interval is not None:
        settings = replace(settings, interval_s=interval)
    if push is not None or push_to:
        # A remote that is not there is an error now, not when nobody looks any more.
        wanted = push is not False and find_remote(repo, push_to or settings.push or None)
        settings = replace(settings, push=wanted.address if wanted else "")
    active = chosen_captures(settings.capture_use, captures, none=no_capture)
    config = read_config(command if "argv" in active else (), config_files, assignments)
    if (if_tried or settings.if_tried) != "run":
        from gitexp.cli._if_tried import is_answered

        assigned = read_config((), config_files, assignments)
        if is_answered(repo, settings, if_tried, command, config, assigned, quiet=quiet):
            return 0
    lineage = trial_of_environment()
    plan = Plan(
        name=name,
        command=command,
        python=interpreter_of(command),
        config=config,
        tags=tuple(dict.fromkeys(tags)),
        notes=note,
        group=group or lineage.sweep,
        lineage=lineage,
        capture={**dict.fromkeys(active, True), "checkpoint": list(globs)},
    )
    started = _say_nothing if quiet else _say_started
    observer = OutputObserver(
        settings.capture_patterns, printed="output" in active, command=command
    )
    done = record(
        repo,
        settings,
        plan,
        command,
        started,
        globs=globs,
        keep=keep,
        observer=observer,
        environment=with_stand_in(
            handover(command, active, assignments, settings, watch=watch),
            not no_capture if wandb is None else wandb,
            always=bool(wandb),
        ),
    )
    if not quiet:
        _sum_up(done)
    return done.exit_code


def _say_nothing(run: str) -> None:
    return


def _say_started(run: str) -> None:
    click.echo(f"gitexp: recording {click.style(run, bold=True)}", err=True)


def _sum_up(done: Recorded) -> None:
    """One line on how it went, one on how to see more."""
    run = done.run
    if run is None:
        click.echo(
            f"gitexp: {done.name} is not in git yet: {done.trouble}\n"
            "gitexp: nothing is lost, `gitexp recover` commits it from its journal",
            err=True,
        )
        return
    mark, colour = _MARKS.get(run.status, ("✗", "red"))
    how = run.status
    if run.signal:
        how += f" by {run.signal}"
    elif run.exit_code:
        how += f" with exit code {run.exit_code}"
    joint = "in" if run.status == FINISHED else "after"
    numbers = [
        f", {key} {text.number(run.metrics[key].last)}" for key in headline_metrics(run.metrics, 3)
    ]
    click.echo(
        f"gitexp: {click.style(mark, fg=colour)} {click.style(run.name, bold=True)} {how} "
        f"{joint} {text.duration(run.duration_s or 0)}{''.join(numbers)}\n"
        f"        gitexp show {run.name}",
        err=True,
    )
