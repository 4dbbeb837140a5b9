"""The part of the Api that finds artifacts."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gitexp.query.artifacts import Artifacts
from gitexp.query.artifacts import split as split_artifact
from gitexp.query.runs import Runs as AllRuns
from gitexp.store.repository import Repository
from gitexp.wandb.missing import ArtifactMissing
from gitexp.wandb.public.collections import (
    ArtifactCollection,
    ArtifactType,
    types_of,
    versions_of,
)
from gitexp.wandb.public.listed import Listed

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact

_ORDERS = ("version_index", "versionIndex", "created_at", "createdAt")


class ApiArtifacts:
    """Artifacts by name, type, version and alias; a project before the name says nothing."""

    @cached_property
    def repository(self) -> Repository:
        """Where they are."""
        raise NotImplementedError

    def artifact(self, name: str, type: str | None = None) -> Artifact:
        """A version by `name:alias`, with an entity and a project before it or without.

        Raises:
            ArtifactMissing: there is none, or it is of another type.
            ValueError: there is no name.
        """
        from gitexp.wandb.artifacts.on_run import find_artifact

        if not name:
            raise ValueError("artifact() needs a name")
        return find_artifact(self.repository, name, type)

    def artifacts(
        self,
        type_name: str,
        name: str,
        order: str | None = None,
        per_page: int = 50,
        tags: Sequence[str] | str | None = None,
        start: str | None = None,
    ) -> Listed[Artifact]:
        """All versions of a name that have these tags.

        Args:
            type_name: of them.
            name: of them.
            order: "version_index" or "created_at", with a `-` for the newest first; by default
                the newest first.
            per_page: accepted.
            tags: those that a version must have.
            start: a `cursor` of such a list.

        Raises:
            ArtifactMissing: there is no such name of the type.
        """
        collection = self.artifact_collection(type_name, name)
        with AllRuns(self.repository) as runs:
            found = Artifacts(runs).versions(collection.name)
        wanted = {tags} if isinstance(tags, str) else set(tags or ())
        fitting = [version for version in found if wanted <= set(version.entry.tags)]
        if order is None or (order.startswith("-") and order[1:] in _ORDERS):
            fitting.reverse()
        return versions_of(self.repository, fitting, per_page, start)

    def artifact_versions(self, type_name: str, name: str, per_page: int = 50) -> Listed[Artifact]:
        """As `artifacts`."""
        return self.artifacts(type_name, name)

    def artifact_types(
        self, project: str | None = None, start: str | None = None
    ) -> Listed[ArtifactType]:
        """The kinds of artifacts that there are."""
        return types_of(self.repository, project, start)

    def artifact_type(self, type_name: str, project: str | None = None) -> ArtifactType:
        """One kind of artifacts."""
        return ArtifactType(self.repository, type_name, project)

    def artifact_collections(
        self,
        project_name: str,
        type_name: str,
        order: str | None = None,
        per_page: int = 50,
        start: str | None = None,
    ) -> Listed[ArtifactCollection]:
        """The names that there are of a kind."""
        return self.artifact_type(type_name, project_name).collections(
            None, order, per_page, start
        )

    def artifact_collection(self, type_name: str, name: str) -> ArtifactCollection:
        """One name of a kind.

        Raises:
            ArtifactMissing: there is none.
        """
        return ArtifactType(self.repository, type_name).collection(split_artifact(name)[0])

    def artifact_exists(self, name: str, type: str | None = None) -> bool:
        """Whether there is such a version."""
        try:
            self.artifact(name, type)
        except ArtifactMissing:
            return False
        return True

    def artifact_collection_exists(self, name: str, type: str) -> bool:
        """Whether there is such a name."""
        try:
            self.artifact_collection(type, name)
        except ArtifactMissing:
            return False
        return True

    def __getattr__(self, name: str) -> Any:
        from gitexp.wandb.public.instead import API_INSTEAD, refuse

        refuse("Api", name, API_INSTEAD, "it knows runs, artifacts and sweeps")
