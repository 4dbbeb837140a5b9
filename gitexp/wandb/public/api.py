"""`Api`: runs and artifacts of the repository, by wandb's paths, filters and orders."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from gitexp.errors import GitexpError, RunNotFound
from gitexp.query.runs import Found
from gitexp.query.runs import Runs as AllRuns
from gitexp.query.selectors import resolve
from gitexp.record import api as record
from gitexp.store.repository import Repository
from gitexp.wandb.missing import RunNotFoundError
from gitexp.wandb.public import fields
from gitexp.wandb.public.api_artifacts import ApiArtifacts
from gitexp.wandb.public.fields import UNCATEGORIZED
from gitexp.wandb.public.filters import MISSING, matches
from gitexp.wandb.public.instead import API_INSTEAD, refuse
from gitexp.wandb.public.listed import Listed
from gitexp.wandb.public.people import User
from gitexp.wandb.public.project import Project
from gitexp.wandb.public.run import Run
from gitexp.wandb.public.runs import Runs

if TYPE_CHECKING:
    from gitexp.wandb.public.sweep import Sweep


class Api(ApiArtifacts):
    """wandb's public Api over the runs of this repository; there is no server to ask.

    Args:
        overrides: accepted; `project` and `entity` are defaults for paths.
        timeout: accepted.
        api_key: accepted.
        repo: the repository; by default the current folder's, else the script's.

    Raises:
        NotARepository: there is none.
    """

    def __init__(
        self,
        overrides: Mapping[str, Any] | None = None,
        timeout: int | None = None,
        api_key: str | None = None,
        *,
        repo: Repository | None = None,
    ) -> None:
        self.settings = {
            "project": os.environ.get("WANDB_PROJECT"),
            "entity": os.environ.get("WANDB_ENTITY"),
            "base_url": "",
            **(overrides or {}),
        }
        self._given = repo

    @cached_property
    def repository(self) -> Repository:
        """Where the runs are."""
        return self._given or record.open_repository(None)

    @property
    def default_entity(self) -> str:
        """wandb's user or team, by $WANDB_ENTITY."""
        return str(self.settings.get("entity") or "")

    @property
    def viewer(self) -> User:
        """Who git says that you are."""
        who = self.repository.identity()
        return User(f"{who.name} <{who.email}>", self.default_entity)

    @property
    def user_agent(self) -> str:
        """What asks."""
        return "gitexp"

    api_key = None

    def flush(self) -> None:
        """Do nothing: every call looks anew."""

    # Runs -------------------------------------------------------------------------------------

    def run(self, path: str = "") -> Run:
        """One run by `entity/project/id`, `project/id`, `id`, or gitexp's own selectors.

        Raises:
            RunNotFoundError: there is none.
        """
        from gitexp.wandb.going_on import find_run

        parts = [part for part in path.strip("/ ").split("/") if part and part != "runs"]
        if not parts:
            raise RunNotFoundError(path, why=f"Invalid path: {path!r}, it ends with a run's id")
        project = parts[-2] if len(parts) > 1 else None
        wanted = parts[-1].strip()
        found = find_run(self.repository, wanted, project)
        if found is None and ":" in wanted:
            named, _, last = wanted.partition(":")
            found = find_run(self.repository, last, named)
        if found is None:
            try:
                with AllRuns(self.repository) as runs:
                    found = _selected(runs, path, wanted)
            except RunNotFound as error:
                why = f"Could not find run {path!r}: {error.message}"
                raise RunNotFoundError(path, error.near, why=why) from None
        return Run(self.repository, found)

    def runs(
        self,
        path: str | None = None,
        filters: Mapping[str, Any] | None = None,
        order: str | None = "+created_at",
        per_page: int = 50,
        include_sweeps: bool = False,
        lazy: bool = True,
    ) -> Runs:
        """The runs of a project that fit.

        Args:
            path: `entity/project`; None: all runs of the repository.
            filters: see docs/wandb.md.
            order: a field with `+` or `-` before it: `-summary_metrics.val_acc`; by default the
                oldest first.
            per_page: accepted, as are `include_sweeps` and `lazy`.
            include_sweeps: see `per_page`.
            lazy: see `per_page`.

        Raises:
            ValueError: no run is of that project.
            UsageError: a filter cannot be read.
        """
        found = self._found(path, filters, order)
        return Runs(self.repository, found, path or "", filters, order or "+created_at", per_page)

    def _found(
        self, path: str | None, filters: Mapping[str, Any] | None, order: str | None
    ) -> list[Found]:
        with AllRuns(self.repository) as runs:
            every = [run for run in runs.scan() if run.error is None]
        project = (path or "").strip("/").rpartition("/")[2]
        chosen = [run for run in every if fields.project_of(run.peek()) == project]
        top = self.repository.top.name
        if not chosen and project.startswith(f"{top}-"):
            # What a run calls its project that was begun in a folder below, without one.
            chosen = [run for run in every if fields.project_of(run.peek()) == UNCATEGORIZED]
        if not project or (not chosen and project == top):
            chosen = every
        elif not chosen:
            raise ValueError(f"Could not find project {project} ({path}); a run names its own")
        fitting = [run for run in chosen if matches(filters, partial(fields.lookup, run))]
        return _ordered(fitting, order or "+created_at")

    def of_found(self, found: Found) -> Run:
        """A run that was looked up, as this Api gives it."""
        return Run(self.repository, found)

    def projects(self, entity: str | None = None, per_page: int = 200) -> Listed[Project]:
        """The projects that runs name."""
        with AllRuns(self.repository) as runs:
            names = {fields.project_of(run.peek()) for run in runs.scan() if run.error is None}
        return Listed(sorted(names), per_page, make=lambda name: self.project(name, entity))

    def project(self, name: str, entity: str | None = None) -> Project:
        """A project by name."""
        return Project(self.repository, entity or self.default_entity, name)

    def create_project(self, name: str, entity: str | None = None) -> None:
        """Do nothing: a project is what runs name."""

    def sweep(self, path: str = "") -> Sweep:
        """A sweep by `entity/project/id`, or its id.

        Raises:
            ValueError: there is none.
        """
        from gitexp.wandb.public.sweep import Sweep

        return Sweep(self.repository, path.strip("/").rpartition("/")[2])

    def from_path(self, path: str) -> Run | Sweep | Project:
        """A run, a sweep or a project by `entity/project/runs/id` and what is shorter.

        Raises:
            GitexpError: it is the path of none.
        """
        parts = path.strip("/ ").split("/")
        if len(parts) <= 2:
            return self.project(parts[-1], parts[0] if len(parts) == 2 else None)
        if len(parts) == 3 or (len(parts) == 4 and parts[2].startswith("run")):
            return self.run(path)
        if len(parts) == 4 and parts[2].startswith("sweep"):
            return self.sweep(path)
        if len(parts) == 4 and parts[2].startswith("report"):
            refuse("Api", "reports", API_INSTEAD, "")
        raise GitexpError("a path is entity/project/runs/id, or has sweeps in place of runs")

    def create_run(
        self,
        *,
        run_id: str | None = None,
        project: str | None = None,
        entity: str | None = None,
    ) -> Run:
        """Make a run that holds nothing yet, and has ended; see `Run.update`."""
        from gitexp.wandb.begin import init

        told = project or self.settings.get("project")
        made: Any = init(id=run_id, project=told, entity=entity, reinit="create_new")
        made.finish()
        return self.run("/".join(filter(None, (made.project, made.id))))


def _selected(runs: AllRuns, path: str, last: str) -> Found:
    """gitexp's own ways to name a run: the whole path may be one, as may its last part."""
    try:
        return resolve(runs, path.strip("/"))
    except GitexpError:
        return resolve(runs, last)


def _ordered(found: list[Found], order: str) -> list[Found]:
    key = order.lstrip("+-")
    down = order.startswith("-")

    def rank(run: Found) -> tuple[bool, bool, Any]:
        value = run.created_s if key in ("created_at", "createdAt") else fields.lookup(run, key)
        known = value is not MISSING and value is not None
        text = known and not isinstance(value, int | float)
        return (known == down, text, (str(value) if text else value) if known else 0)

    # Of equals the older one comes first, whichever way the order goes.
    oldest_first = sorted(found, key=lambda run: run.created_s)
    return sorted(oldest_first, key=rank, reverse=down)
