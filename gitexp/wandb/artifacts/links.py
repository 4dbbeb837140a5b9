"""The links between artifacts: a version that has another name, and the version that it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitexp.query.artifacts import Artifacts, await_links
from gitexp.query.runs import Runs
from gitexp.wandb.artifacts.facts import ArtifactFacts

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact
    from gitexp.wandb.public.collections import ArtifactCollection


class ArtifactLinks(ArtifactFacts):
    """An artifact that may be a link: `run.link_artifact()` gave a version another name."""

    _place: tuple[str, ...] = ()

    def found_as(self, path: str) -> None:
        """Note the path that it was asked for; a link is in the project that the path says."""
        self._place = tuple(path.removeprefix("wandb-artifact://").strip("/").split("/")[:-1])

    @property
    def entity(self) -> str:
        """wandb's user or team."""
        told = self._must_be_logged("entity").entity
        return self._place[-2] if self.is_link and len(self._place) > 1 else told

    @property
    def project(self) -> str:
        """wandb's project."""
        told = self._must_be_logged("project").project
        return self._place[-1] if self.is_link and self._place else told

    @property
    def is_link(self) -> bool:
        """Whether it is another name of a version."""
        return self._logged is not None and self._logged.found.entry.source is not None

    @property
    def source_name(self) -> str:
        """`name:v3` as it was logged; `name` of a draft."""
        if self._logged is None or not self._logged.known:
            return self.name
        return self._logged.found.entry.source or self.name

    @property
    def source_version(self) -> str:
        """Its version as it was logged."""
        self._must_be_logged("source_version").settle()
        return self.source_name.partition(":")[2]

    @property
    def source_entity(self) -> str:
        """Of the run that logged it."""
        return self._must_be_logged("source_entity").entity

    @property
    def source_project(self) -> str:
        """The project of the run that logged it."""
        self._must_be_logged("source_project")
        return self.source_artifact.project if self.is_link else self.project

    @property
    def source_qualified_name(self) -> str:
        """`entity/project/name:v3` as it was logged."""
        return "/".join(filter(None, (self.source_entity, self.source_project, self.source_name)))

    @property
    def source_artifact(self) -> ArtifactLinks:
        """The version that a link is another name of; itself, if it is none."""
        logged = self._must_be_logged("source_artifact")
        if not self.is_link:
            return self
        from gitexp.wandb.artifacts.on_run import find_artifact

        return find_artifact(logged.repo, self.source_name)

    @property
    def linked_artifacts(self) -> list[Artifact]:
        """Its other names; [] of a link."""
        logged = self._must_be_logged("linked_artifacts")
        if self.is_link:
            return []
        from gitexp.wandb.artifacts.on_run import artifact_of

        await_links(logged.repo.common_dir, logged.found.title)
        title, digest = logged.found.title, logged.found.entry.digest
        with Runs(logged.repo) as runs:
            known = Artifacts(runs)
            found = [
                version
                for name in known.names()
                for version in known.versions(name)
                if version.entry.source == title and version.entry.digest == digest
            ]
        return [artifact_of(logged.repo, version) for version in found]

    @property
    def linked_at(self) -> str | None:
        """When it was given its other name; None of one that is no link."""
        logged = self._must_be_logged("linked_at")
        return logged.found.entry.created_at if self.is_link else None

    @property
    def collection(self) -> ArtifactCollection:
        """All versions of its name."""
        from gitexp.wandb.public.collections import ArtifactCollection

        logged = self._must_be_logged("collection")
        return ArtifactCollection(logged.repo, self.collection_name, self.type)

    @property
    def source_collection(self) -> ArtifactCollection:
        """All versions of the name that it was logged under."""
        from gitexp.wandb.public.collections import ArtifactCollection

        logged = self._must_be_logged("source_collection")
        return ArtifactCollection(logged.repo, self.source_name.partition(":")[0], self.type)

    def unlink(self) -> None:
        """Take the other name away; what it is a name of stays.

        Raises:
            ValueError: it is no link.
        """
        logged = self._must_be_logged("unlink")
        if not self.is_link:
            raise ValueError(
                f"{self.qualified_name!r} is no link; delete() removes the artifact itself"
            )
        logged.delete()
