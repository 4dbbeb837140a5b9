"""`Api`: runs and artifacts of the repository, by wandb's paths, filters and orders."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, overload

from gitexp.errors import ArtifactNotFound, GitexpError, RunNotFound
from gitexp.query.artifacts import Artifacts
from gitexp.query.artifacts import split as split_artifact
from gitexp.query.runs import Found
from gitexp.query.runs import Runs as AllRuns
from gitexp.query.selectors import resolve
from gitexp.record import api as record
from gitexp.store.repository import Repository
from gitexp.wandb.public import fields
from gitexp.wandb.public.collections import ArtifactCollection, ArtifactType, collections
from gitexp.wandb.public.filters import MISSING, matches
from gitexp.wandb.public.run import Run

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact
    from gitexp.wandb.public.sweep import Sweep


class Api:
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
    def viewer(self) -> Any:
        """Who git says that you are."""
        who = self.repository.identity()
        return SimpleNamespace(
            name=who.name,
            username=who.name,
            email=who.email,
            entity=self.default_entity,
            teams=[],
        )

    def flush(self) -> None:
        """Do nothing: every call looks anew."""

    # Runs -------------------------------------------------------------------------------------

    def run(self, path: str = "") -> Run:
        """One run by `entity/project/id`, `project/id`, `id`, or gitexp's own selectors.

        Raises:
            RunNotFound: there is none.
        """
        from gitexp.wandb.going_on import find_run

        parts = [part for part in path.strip("/").split("/") if part and part != "runs"]
        if not parts:
            raise RunNotFound(path, why="the path of a run ends with its id")
        project = parts[-2] if len(parts) > 1 else None
        found = find_run(self.repository, parts[-1], project)
        if found is None:
            with AllRuns(self.repository) as runs:
                found = _selected(runs, path, parts[-1])
        return Run(self.repository, found)

    def runs(
        self,
        path: str | None = None,
        filters: Mapping[str, Any] | None = None,
        order: str | None = "+created_at",
        per_page: int = 50,
        include_sweeps: bool = True,
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
        return Runs(self.repository, self._found(path, filters, order))

    def _found(
        self, path: str | None, filters: Mapping[str, Any] | None, order: str | None
    ) -> list[Found]:
        with AllRuns(self.repository) as runs:
            every = [run for run in runs.scan() if run.error is None]
        project = (path or "").strip("/").rpartition("/")[2]
        chosen = [run for run in every if fields.project_of(run.peek()) == project]
        if not project or (not chosen and project == self.repository.top.name):
            chosen = every
        elif not chosen:
            raise ValueError(f"Could not find project {project} ({path}); a run names its own")
        fitting = [run for run in chosen if matches(filters, partial(fields.lookup, run))]
        return _ordered(fitting, order or "+created_at")

    def of_found(self, found: Found) -> Run:
        """A run that was looked up, as this Api gives it."""
        return Run(self.repository, found)

    def projects(self, entity: str | None = None, per_page: int = 200) -> list[Any]:
        """The projects that runs name."""
        with AllRuns(self.repository) as runs:
            names = {fields.project_of(run.peek()) for run in runs.scan() if run.error is None}
        return [self.project(name) for name in sorted(names)]

    def project(self, name: str, entity: str | None = None) -> Any:
        """A project by name."""
        url = self.repository.common_dir.as_uri()
        return SimpleNamespace(name=name, entity=entity or self.default_entity, url=url, id=name)

    def create_project(self, name: str, entity: str | None = None) -> None:
        """Do nothing: a project is what runs name."""

    def sweep(self, path: str = "") -> Sweep:
        """A sweep by `entity/project/id`, or its id.

        Raises:
            ValueError: there is none.
        """
        from gitexp.wandb.public.sweep import Sweep

        return Sweep(self.repository, path.strip("/").rpartition("/")[2])

    # Artifacts --------------------------------------------------------------------------------

    def artifact(self, name: str, type: str | None = None) -> Artifact:
        """A version by `name:alias`, with an entity and a project before it or without.

        Raises:
            ArtifactNotFound: there is none.
        """
        from gitexp.wandb.artifacts.on_run import find_artifact

        return find_artifact(self.repository, name, type)

    def artifacts(
        self,
        type_name: str,
        name: str,
        per_page: int = 50,
        tags: Sequence[str] | None = None,
        order: str | None = None,
    ) -> list[Artifact]:
        """All versions of a name that have these tags, the newest first."""
        found = self.artifact_collection(type_name, split_artifact(name)[0]).artifacts()
        return [one for one in found if set(tags or ()) <= set(one.tags)]

    def artifact_versions(self, type_name: str, name: str, per_page: int = 50) -> list[Artifact]:
        """As `artifacts`."""
        return self.artifacts(type_name, name)

    def artifact_types(self, project: str | None = None) -> list[ArtifactType]:
        """The kinds of artifacts that there are."""
        names = {collection.type for collection in collections(self.repository)}
        return [ArtifactType(self.repository, name) for name in sorted(names)]

    def artifact_type(self, type_name: str, project: str | None = None) -> ArtifactType:
        """One kind of artifacts."""
        return ArtifactType(self.repository, type_name)

    def artifact_collections(
        self, project_name: str, type_name: str, per_page: int = 50
    ) -> list[ArtifactCollection]:
        """The names that there are of a kind."""
        return ArtifactType(self.repository, type_name).collections()

    def artifact_collection(self, type_name: str, name: str) -> ArtifactCollection:
        """One name of a kind.

        Raises:
            ArtifactNotFound: there is none.
        """
        return ArtifactType(self.repository, type_name).collection(split_artifact(name)[0])

    def artifact_exists(self, name: str, type: str | None = None) -> bool:
        """Whether there is such a version."""
        try:
            with AllRuns(self.repository) as runs:
                Artifacts(runs).resolve(name, type)
        except ArtifactNotFound:
            return False
        return True

    def artifact_collection_exists(self, name: str, type: str) -> bool:
        """Whether there is such a name."""
        try:
            self.artifact_collection(type, name)
        except ArtifactNotFound:
            return False
        return True

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(
            f"gitexp's Api has no {name!r}: it knows runs, artifacts and sweeps; see docs/wandb.md"
        )


class Runs(Sequence[Run]):
    """Runs that were found, made when they are looked at."""

    def __init__(self, repo: Repository, found: Sequence[Found]) -> None:
        self._repo = repo
        self._found = found

    def __len__(self) -> int:
        return len(self._found)

    @overload
    def __getitem__(self, index: int) -> Run: ...
    @overload
    def __getitem__(self, index: slice) -> list[Run]: ...
    def __getitem__(self, index: int | slice) -> Run | list[Run]:
        if isinstance(index, slice):
            return [Run(self._repo, found) for found in self._found[index]]
        return Run(self._repo, self._found[index])

    def __iter__(self) -> Iterator[Run]:
        return (Run(self._repo, found) for found in self._found)

    def histories(
        self,
        samples: int = 500,
        keys: Sequence[str] | None = None,
        x_axis: str = "_step",
        format: str = "default",
        stream: str = "default",
    ) -> Any:
        """The rows of all of them: dicts with a `run_id`, or with format="pandas" a DataFrame."""
        rows = [
            {"run_id": run.id, **row}
            for run in self
            for row in run.history(samples, keys, x_axis, pandas=False, stream=stream)
        ]
        if format == "default":
            return rows
        import pandas as pd

        return pd.DataFrame.from_records(rows)

    def __repr__(self) -> str:
        return f"<Runs: {len(self)}>"


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
