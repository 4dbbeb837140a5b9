"""The group `wandb`: commands about accounts, modes and folders; the larger ones are beside it."""

from __future__ import annotations

import json
from typing import Any

import click

from gitexp.errors import GitexpError
from gitexp.wandb.calls import termlog
from gitexp.wandb.command import artifacts, runs, sweeps
from gitexp.wandb.settings_file import read_settings, write_settings
from gitexp.wandb.stand_in import VERSION

_ANY: dict[str, Any] = {
    "context_settings": {"ignore_unknown_options": True, "allow_extra_args": True}
}
_PROJECT = click.option("-p", "--project", help="Kept in run.json; a repository is a project.")
_ENTITY = click.option("-e", "--entity", help="Kept in run.json.")


@click.group("wandb", context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="wandb, version", message="%(prog)s %(version)s (gitexp)")
def wandb() -> None:
    """wandb's command line, answered from this git repository: no account, no network."""


wandb.add_command(sweeps.sweep)
wandb.add_command(sweeps.agent)
wandb.add_command(artifacts.artifact)
wandb.add_command(runs.pull)
wandb.add_command(runs.sync)


@wandb.command("login", **_ANY)
@click.argument("key", nargs=-1)
def login(key: tuple[str, ...]) -> None:
    """Say that there is nothing to log in to."""
    termlog("login: runs are kept in this git repository, there is no account")


@wandb.command("init")
@_PROJECT
@_ENTITY
@click.option("-m", "--mode", type=click.Choice(["online", "offline", "disabled"]))
@click.option("--reset", is_flag=True, help="Forget what this folder's settings say.")
def init(project: str | None, entity: str | None, mode: str | None, reset: bool) -> None:
    """Set project, entity and mode of the scripts that run in this folder."""
    given = {"project": project, "entity": entity, "mode": mode}
    wanted = given if reset else {key: value for key, value in given.items() if value}
    termlog(f"wrote {write_settings(**wanted)}")


@wandb.command("online")
def online() -> None:
    """Record what scripts in this folder log; the same as offline."""
    write_settings(mode="online")


@wandb.command("enabled")
def enabled() -> None:
    """Record what scripts in this folder log, again."""
    write_settings(mode="online")


@wandb.command("offline")
def offline() -> None:
    """Record what scripts in this folder log; `gitexp push` shares it."""
    write_settings(mode="offline")


@wandb.command("disabled")
def disabled() -> None:
    """Record nothing of what scripts in this folder log."""
    write_settings(mode="disabled")


@wandb.command("status")
@click.option("--settings/--no-settings", default=True, help="Whether the settings are shown.")
def status(settings: bool) -> None:
    """Print what this folder's settings say."""
    if settings:
        known = dict.fromkeys(("entity", "project", "mode"))
        click.echo(json.dumps({**known, **read_settings()}, indent=2))


def _without_work(name: str, help: str) -> None:
    @wandb.command(name, help=help, **_ANY)
    def command() -> None:
        termlog(f"{name}: {help[0].lower()}{help[1:]}")


_without_work("verify", "There is no server to check; `gitexp doctor` checks this machine.")
_without_work("clean", "Nothing waits beside the repository; `gitexp gc` frees space in it.")
_without_work("purge-cache", "There is no cache; `gitexp gc` frees space in the repository.")


def _refused(name: str, instead: str) -> None:
    @wandb.command(name, hidden=True, **_ANY)
    def command() -> None:
        raise GitexpError(f"gitexp has no `wandb {name}`", instead)


for _name, _instead in {
    "beta": "`gitexp --help` lists what there is",
    "controller": "`wandb agent SWEEP_ID` runs the trials of a sweep",
    "docker": "run `gitexp record` inside the container",
    "docker-run": "run `gitexp record` inside the container",
    "job": "`gitexp reproduce RUN` runs a run again",
    "launch": "`gitexp reproduce RUN` runs a run again",
    "launch-agent": "`gitexp reproduce RUN` runs a run again",
    "launch-sweep": "`wandb sweep` and `wandb agent` run a search",
    "leet": "`gitexp show RUN` and `gitexp ui` show runs",
    "restore": "`gitexp checkout RUN` checks out a run's code, `gitexp show RUN` has its config",
    "scheduler": "`wandb agent SWEEP_ID` runs the trials of a sweep",
    "server": "there is no server: `gitexp ui` shows the runs of this repository",
    "sweep-scheduler": "`wandb agent SWEEP_ID` runs the trials of a sweep",
}.items():
    _refused(_name, _instead)
