"""Artifacts by type and name, as the Api lists them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gitexp.errors import ArtifactNotFound
from gitexp.query.artifacts import Artifacts, FoundArtifact
from gitexp.query.runs import Runs
from gitexp.store.repository import Repository

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact


class ArtifactCollection:
    """One name and its versions.

    Attributes:
        name: of all of them.
        type: what kind of thing they are.
    """

    def __init__(self, repo: Repository, name: str, type: str) -> None:
        self._repo = repo
        self.name = name
        self.type = type

    @property
    def id(self) -> str:
        """As `name`."""
        return self.name

    def artifacts(self, per_page: int = 50) -> list[Artifact]:
        """All versions, the newest first."""
        from gitexp.wandb.artifacts.on_run import artifact_of

        with Runs(self._repo) as runs:
            found = Artifacts(runs).versions(self.name)
        return [artifact_of(self._repo, version) for version in reversed(found)]

    versions = artifacts

    @property
    def aliases(self) -> list[str]:
        """All names that its versions have."""
        with Runs(self._repo) as runs:
            versions = Artifacts(runs).versions(self.name)
        return [alias for version in versions for alias in version.aliases]

    def __repr__(self) -> str:
        return f"<ArtifactCollection {self.name} ({self.type})>"


class ArtifactType:
    """One kind of artifacts.

    Attributes:
        name: dataset, model, ….
    """

    def __init__(self, repo: Repository, name: str) -> None:
        self._repo = repo
        self.name = name

    def collections(self, per_page: int = 50) -> list[ArtifactCollection]:
        """The names that there are of it."""
        return [c for c in collections(self._repo) if c.type == self.name]

    def collection(self, name: str) -> ArtifactCollection:
        """One of them.

        Raises:
            ArtifactNotFound: there is none of that name.
        """
        for found in self.collections():
            if found.name == name:
                return found
        raise ArtifactNotFound(name, f"there is none of the type {self.name!r}")

    def __repr__(self) -> str:
        return f"<ArtifactType {self.name}>"


def collections(repo: Repository) -> list[ArtifactCollection]:
    """All names, with the type of their newest version."""
    return [ArtifactCollection(repo, v.entry.name, v.entry.type) for v in _newest(repo)]


def _newest(repo: Repository) -> Iterator[FoundArtifact]:
    with Runs(repo) as runs:
        known = Artifacts(runs)
        for name in known.names():
            yield known.versions(name)[-1]
