"""Artifacts by type and name, as the Api lists them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitexp.query.artifacts import Artifacts, FoundArtifact
from gitexp.query.runs import Runs
from gitexp.record import annotate
from gitexp.schema.artifact import ArtifactEntry
from gitexp.store.repository import Repository
from gitexp.wandb.artifacts.checks import checked_type
from gitexp.wandb.missing import ArtifactMissing
from gitexp.wandb.public.filters import MISSING, matches
from gitexp.wandb.public.instead import refuse
from gitexp.wandb.public.listed import Listed

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact

_INSTEAD = {
    "name": "`artifact.link(name)` gives a version another name",
    "description": "each version has one: `artifact.description`",
    "tags": "each version has its own: `artifact.tags`",
}


class ArtifactCollection:
    """One name and its versions."""

    description = None
    tags: tuple[str, ...] = ()

    def __init__(self, repo: Repository, name: str, type: str) -> None:
        self._repo = repo
        self._name = name
        self._type = self._new_type = type

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _INSTEAD:
            refuse("ArtifactCollection", name, _INSTEAD, "")
        super().__setattr__(name, value)

    @property
    def name(self) -> str:
        """Of all of them."""
        return self._name

    @property
    def id(self) -> str:
        """As `name`."""
        return self.name

    @property
    def type(self) -> str:
        """What kind of thing they are; assign and `save()` to change it."""
        return self._new_type

    @type.setter
    def type(self, type: str) -> None:
        if not self.is_sequence():
            raise ValueError("a collection of links has no type of its own to change")
        self._new_type = type

    def save(self) -> None:
        """Store another type, as commits on the chains of the runs that logged the versions."""
        if self._new_type != self._type:
            self.change_type(self._new_type)

    @property
    def entity(self) -> str:
        """wandb's user or team, of the newest version."""
        return self.artifacts()[0].entity

    @property
    def project(self) -> str:
        """wandb's project, of the newest version."""
        return self.artifacts()[0].project

    def artifacts(self, per_page: int = 50, start: str | None = None) -> Listed[Artifact]:
        """All versions, the newest first."""
        return versions_of(self._repo, list(reversed(self._versions())), per_page, start)

    versions = artifacts

    @property
    def aliases(self) -> list[str]:
        """All names that its versions have."""
        return [alias for version in self._versions() for alias in version.aliases]

    @property
    def created_at(self) -> str:
        """When its first version was logged."""
        return min(version.entry.created_at for version in self._versions())

    @property
    def updated_at(self) -> str:
        """When its newest version was logged."""
        return max(version.entry.created_at for version in self._versions())

    def is_sequence(self) -> bool:
        """Whether its versions were logged under this name; False: they are links."""
        return all(version.entry.source is None for version in self._versions())

    def change_type(self, new_type: str) -> None:
        """Say of all versions that they are of another type, as commits on their runs' chains.

        Raises:
            ArtifactMissing: the type is kept for wandb's own.
            ValueError: they are links.
        """
        try:
            checked_type(new_type, self.name)
        except ValueError as error:
            raise ArtifactMissing(self.name, str(error)) from None
        if not self.is_sequence():
            raise ValueError("a collection of links has no type of its own to change")

        def change(entry: ArtifactEntry) -> dict[str, Any]:
            return {"type": new_type}

        for version in self._versions():
            for run in version.runs:
                annotate.change_artifact(self._repo, run, self.name, version.entry.digest, change)
        self._type = self._new_type = new_type

    def delete(self) -> None:
        """Take all versions out of the runs that logged them."""
        for version in self._versions():
            for run in version.runs:
                annotate.remove_artifact(self._repo, run, self.name, version.entry.digest)

    def _versions(self) -> list[FoundArtifact]:
        with Runs(self._repo) as runs:
            return Artifacts(runs).versions(self.name)

    def __getattr__(self, name: str) -> Any:
        refuse("ArtifactCollection", name, {}, "it knows its versions")

    def __repr__(self) -> str:
        return f"<ArtifactCollection {self.name} ({self.type})>"


class ArtifactType:
    """One kind of artifacts.

    Attributes:
        name: dataset, model, ….
        entity, project: as they were asked for.
    """

    def __init__(self, repo: Repository, name: str, path: str | None = None) -> None:
        self._repo = repo
        self.name = name
        self.entity, _, self.project = (path or "").rpartition("/")

    @property
    def id(self) -> str:
        """As `name`."""
        return self.name

    type = id

    def collections(
        self,
        filters: Mapping[str, Any] | None = None,
        order: str | None = None,
        per_page: int = 50,
        start: str | None = None,
    ) -> Listed[ArtifactCollection]:
        """The names that there are of it."""
        return collections(self._repo, self.name, filters, order, per_page, start)

    def collection(self, name: str) -> ArtifactCollection:
        """One of them.

        Raises:
            ArtifactNotFound: there is none of that name.
        """
        for found in self.collections():
            if found.name == name:
                return found
        raise ArtifactMissing(name, f"there is none of the type {self.name!r}")

    def __repr__(self) -> str:
        return f"<ArtifactType {self.name}>"


def collections(
    repo: Repository,
    type: str | None = None,
    filters: Mapping[str, Any] | None = None,
    order: str | None = None,
    per_page: int = 50,
    start: str | None = None,
) -> Listed[ArtifactCollection]:
    """All names, or those of one type, each with the type of its newest version.

    Args:
        repo: where.
        type: None: all.
        filters: of `name` and `type`, as those of runs.
        order: "name" or "-name".
        per_page: accepted.
        start: see `Listed`.
    """
    with Runs(repo) as runs:
        known = Artifacts(runs)
        newest = [known.versions(name)[-1].entry for name in known.names()]
    if (order or "").startswith("-"):
        newest.reverse()
    fitting = [
        entry
        for entry in newest
        if type in (None, entry.type)
        and matches(filters, lambda key, entry=entry: _field(entry, key))  # type: ignore[misc]
    ]
    found = [ArtifactCollection(repo, entry.name, entry.type) for entry in fitting]
    return Listed(found, per_page, start)


def types_of(
    repo: Repository, path: str | None = None, start: str | None = None
) -> Listed[ArtifactType]:
    """The kinds of artifacts that there are."""
    names = sorted({collection.type for collection in collections(repo)})
    return Listed([ArtifactType(repo, name, path) for name in names], start=start)


def versions_of(
    repo: Repository,
    found: Sequence[FoundArtifact],
    per_page: int = 50,
    start: str | None = None,
) -> Listed[Artifact]:
    """Versions that were looked up, as scripts know them."""
    from gitexp.wandb.artifacts.on_run import artifact_of

    return Listed(found, per_page, start, make=lambda version: artifact_of(repo, version))


def _field(entry: ArtifactEntry, key: str) -> Any:
    return getattr(entry, key, MISSING) if key in ("name", "type") else MISSING
