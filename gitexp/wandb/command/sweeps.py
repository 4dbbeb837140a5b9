"""`wandb sweep` and `wandb agent`."""

from __future__ import annotations

import os
from typing import Any

import click

from gitexp.errors import UsageError
from gitexp.record import api
from gitexp.wandb.calls import termlog
from gitexp.wandb.sweeps import agent as agents
from gitexp.wandb.sweeps.state import CANCELLED, PAUSED, RUNNING, STOPPED, find_sweep

_PROJECT = click.option("-p", "--project", help="Of the sweep's runs.")
_ENTITY = click.option("-e", "--entity", help="Kept in the sweep.")


@click.command("sweep")
@click.argument("config_or_sweep", metavar="CONFIG_YAML|SWEEP_ID")
@_PROJECT
@_ENTITY
@click.option("--name", help="The sweep's name; by default its id.")
@click.option("--program", help="What its trials run, instead of the config's `program`.")
@click.option("--update", metavar="SWEEP_ID", help="Give a sweep this config instead of its own.")
@click.option("--stop", "state", flag_value=STOPPED, help="Begin no more trials.")
@click.option("--cancel", "state", flag_value=CANCELLED, help="As --stop.")
@click.option("--pause", "state", flag_value=PAUSED, help="Begin no more trials until --resume.")
@click.option("--resume", "state", flag_value=RUNNING, help="Go on after --pause.")
@click.option("--verbose", is_flag=True, expose_value=False, help="Accepted.")
def sweep(
    config_or_sweep: str,
    project: str | None,
    entity: str | None,
    name: str | None,
    program: str | None,
    update: str | None,
    state: str | None,
) -> None:
    """Begin a sweep from a YAML file and say how its agents are started; or pause and end one."""
    if state is not None:
        find_sweep(api.open_repository(None), config_or_sweep).set_state(state)
        termlog(f"sweep {config_or_sweep} is {state.lower()}")
        return
    config = _config(config_or_sweep, name, program)
    if update is not None:
        find_sweep(api.open_repository(None), update).replace_config(config)
        termlog(f"sweep {update} has a new config")
        return
    sweep_id = agents.sweep(config, entity=entity, project=project)
    where = "/".join(filter(None, (entity, project or config.get("project"), sweep_id)))
    termlog(f"Creating sweep with ID: {sweep_id}")
    termlog(f"Run sweep agent with: wandb agent {where}")


def _config(path: str, name: str | None, program: str | None) -> dict[str, Any]:
    if not os.path.isfile(path):
        raise UsageError(f"there is no file {path}", "a sweep begins with a YAML file")
    told = {"name": name, "program": program}
    return {
        **agents.config_of(path),
        **{key: value for key, value in told.items() if value is not None},
    }


@click.command("agent")
@click.argument("sweep_id")
@_PROJECT
@_ENTITY
@click.option("--count", type=click.IntRange(min=1), help="How many trials at most.")
@click.option("-f", "--forward-signals", is_flag=True, help="Accepted: trials get Ctrl-C.")
@click.option("-t", "--term-timeout", type=int, expose_value=False, help="Accepted.")
@click.option("--max-consecutive-failed-runs", type=int, expose_value=False, help="Accepted.")
def agent(
    sweep_id: str,
    project: str | None,
    entity: str | None,
    count: int | None,
    forward_signals: bool,
) -> None:
    """Run trials of a sweep, each as a run, until there are no more."""
    agents.agent(
        sweep_id, entity=entity, project=project, count=count, forward_signals=forward_signals
    )
