"""A sweep as the Api gives it: its config, and the runs that are its trials."""

from __future__ import annotations

import contextlib
from functools import partial
from typing import Any

from gitexp.errors import GitexpError
from gitexp.query.runs import Runs
from gitexp.schema.metrics import HIGHER
from gitexp.store.repository import Repository
from gitexp.wandb.public import fields
from gitexp.wandb.public.filters import MISSING
from gitexp.wandb.public.instead import SWEEP_INSTEAD, refuse
from gitexp.wandb.public.listed import Listed
from gitexp.wandb.public.run import Run
from gitexp.wandb.sweeps.state import FINISHED, SweepState, find_sweep, sweeps_dir


class Sweep:
    """One sweep.

    Args:
        repo: where.
        sweep_id: its id.

    Raises:
        ValueError: there is none, and no run is a trial of it.
    """

    def __init__(self, repo: Repository, sweep_id: str) -> None:
        self._repo = repo
        self._state: SweepState | None = None
        with contextlib.suppress(GitexpError):
            self._state = find_sweep(repo, sweep_id)
        self.id = sweep_id
        if self._state is None and not self.runs:
            raise ValueError(f"Could not find sweep {sweep_id}")

    @property
    def config(self) -> dict[str, Any]:
        """As it was begun; {} where only its runs are here."""
        return self._state.config if self._state else {}

    @property
    def name(self) -> str:
        """The name that it was given, else its id."""
        return str(self.config.get("name") or self.id)

    @property
    def entity(self) -> str:
        """wandb's user or team."""
        return str((self._state.entity if self._state else None) or "")

    username = entity

    @property
    def project(self) -> str:
        """wandb's project, as the sweep or its first trial says it."""
        told = self._state.project if self._state else None
        return str(told or next((run.project for run in self.runs), ""))

    @property
    def path(self) -> list[str]:
        """Entity, project and id."""
        return [self.entity, self.project, self.id]

    @property
    def url(self) -> str:
        """The folder that it is begun from."""
        return (sweeps_dir(self._repo) / self.id).as_uri()

    def load(self, force: bool = False) -> dict[str, Any]:
        """Its config; everything is looked up when it is asked for."""
        return self.config

    @property
    def runs(self) -> Listed[Run]:
        """Its trials, the oldest first."""
        with Runs(self._repo) as runs:
            found = [
                run
                for run in runs.scan()
                if run.error is None and (run.peek().get("lineage") or {}).get("sweep") == self.id
            ]
        return Listed(
            found[::-1], title=f"<Runs {self.id} ({{n}})>", make=partial(Run, self._repo)
        )

    @property
    def expected_run_count(self) -> int | None:
        """How many trials there will be; None: as many as agents are asked for."""
        return self._state.limit if self._state else None

    @property
    def state(self) -> str:
        """RUNNING while there are trials to take, then FINISHED; PAUSED, STOPPED, CANCELLED."""
        return self._state.state if self._state else FINISHED

    @property
    def order(self) -> str:
        """The metric of its config with `+` (lower is better) or `-` before it."""
        metric = self.config.get("metric") or {}
        if not metric.get("name"):
            return ""
        down = metric.get("goal", "minimize") in ("maximize", HIGHER)
        return f"{'-' if down else '+'}summary_metrics.{metric['name']}"

    def best_run(self, order: str | None = None) -> Run | None:
        """The best trial by the sweep's metric, or by another order; None: there is none."""
        wanted = order or self.order
        key = wanted.lstrip("+-")
        rated = []
        for run in self.runs:
            value = fields.lookup(run.found, key) if key else MISSING
            if isinstance(value, int | float):
                rated.append((-value if wanted.startswith("-") else value, run))
        return min(rated, key=lambda row: row[0])[1] if rated else None

    def to_html(self, height: int = 420, hidden: bool = False) -> str:
        """Its id; `gitexp ui` shows its runs as a group."""
        return f"<code>{self.id}</code>"

    _repr_html_ = to_html

    def display(self, height: int = 420, hidden: bool = False) -> bool:
        """There is no page to show inside a notebook; False says so."""
        return False

    def __getattr__(self, name: str) -> Any:
        refuse("Sweep", name, SWEEP_INSTEAD, "it knows its trials")

    def __repr__(self) -> str:
        return f"<Sweep {self.id} ({self.state})>"
