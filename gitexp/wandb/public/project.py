"""A project as the Api gives it: what runs name, of which a repository may have several."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from gitexp.query.runs import Runs as AllRuns
from gitexp.store.repository import Repository
from gitexp.wandb.public import fields
from gitexp.wandb.public.collections import (
    ArtifactCollection,
    ArtifactType,
    collections,
    types_of,
)
from gitexp.wandb.public.listed import Listed
from gitexp.wandb.public.people import User

if TYPE_CHECKING:
    from gitexp.wandb.public.sweep import Sweep


class Project:
    """One project.

    Attributes:
        name: what runs say.
        entity: wandb's user or team.
    """

    def __init__(self, repo: Repository, entity: str, name: str) -> None:
        self._repo = repo
        self.entity = entity
        self.name = name

    @property
    def id(self) -> str:
        """As `name`."""
        return self.name

    @property
    def path(self) -> list[str]:
        """Entity and name."""
        return [self.entity, self.name]

    @property
    def url(self) -> str:
        """The repository."""
        return self._repo.common_dir.as_uri()

    @property
    def owner(self) -> User:
        """Who git says that you are."""
        who = self._repo.identity()
        return User(f"{who.name} <{who.email}>", self.entity)

    user = owner

    @property
    def created_at(self) -> str | None:
        """When its first run began; None: it has none."""
        with AllRuns(self._repo) as runs:
            facts = [run.peek() for run in runs.scan() if run.error is None]
        began = [str(f["created_at"]) for f in facts if fields.project_of(f) == self.name]
        return min(began, default=None)

    def artifacts_types(self, per_page: int = 50) -> Listed[ArtifactType]:
        """The kinds of artifacts that there are in the repository."""
        return types_of(self._repo)

    def collections(
        self,
        filters: Mapping[str, Any] | None = None,
        order: str | None = None,
        per_page: int = 50,
    ) -> Listed[ArtifactCollection]:
        """The names of artifacts that there are in the repository."""
        return collections(self._repo, filters=filters, order=order, per_page=per_page)

    def sweeps(
        self,
        per_page: int = 50,
        filters: Mapping[str, Any] | None = None,
        order: str | None = None,
    ) -> Listed[Sweep]:
        """The sweeps that runs of the project are trials of."""
        from gitexp.wandb.public.sweep import Sweep

        with AllRuns(self._repo) as runs:
            facts = [run.peek() for run in runs.scan() if run.error is None]
        found = dict.fromkeys(
            (told.get("lineage") or {}).get("sweep")
            for told in facts
            if fields.project_of(told) == self.name
        )
        ids = [sweep for sweep in found if sweep]
        return Listed(ids, per_page, make=lambda sweep: Sweep(self._repo, sweep))

    def to_html(self, height: int = 420, hidden: bool = False) -> str:
        """Its name; `gitexp report` and `gitexp ui` show its runs."""
        return f"<code>{escape('/'.join(filter(None, self.path)))}</code>"

    _repr_html_ = to_html

    def display(self, height: int = 420, hidden: bool = False) -> bool:
        """There is no page to show inside a notebook; False says so."""
        return False

    def __repr__(self) -> str:
        return f"<Project {'/'.join(filter(None, self.path))}>"
