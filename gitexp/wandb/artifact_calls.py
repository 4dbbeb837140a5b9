"""The run's methods for artifacts; what they do is loaded with the first of them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from gitexp.record.active import ActiveRun

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact
    from gitexp.wandb.artifacts.on_run import RunArtifacts

Source = Any  # an Artifact, or the path of a file or folder


class ArtifactCalls(ActiveRun):
    """A run whose artifacts are logged and used under wandb's names; see docs/artifacts.md."""

    _artifacts: RunArtifacts | None = None

    @property
    def artifacts(self) -> RunArtifacts:
        """What logs and finds them."""
        if self._artifacts is None:
            from gitexp.wandb.artifacts.on_run import RunArtifacts

            self._artifacts = RunArtifacts(self)
        return self._artifacts

    def log_artifact(
        self,
        artifact_or_path: Source,
        name: str | None = None,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
    ) -> Artifact:
        """Log a version; content that the name has had already gets no new one.

        Args:
            artifact_or_path: an Artifact, or a file, a folder or an address.
            name: of the artifact, where a path is given.
            type: see `name`.
            aliases: names for this version; it always gets `latest` too.
            tags: words to find the version by.

        Returns:
            The artifact; its version is known after `wait()`.
        """
        return self.artifacts.log(artifact_or_path, name, type, aliases, tags)

    def upsert_artifact(
        self,
        artifact_or_path: Source,
        name: str | None = None,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        distributed_id: str | None = None,
    ) -> Artifact:
        """As `log_artifact`: one process of a run logs."""
        return self.artifacts.log(artifact_or_path, name, type, aliases)

    finish_artifact = upsert_artifact

    def use_artifact(
        self,
        artifact_or_name: Artifact | str,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        use_as: str | None = None,
    ) -> Artifact:
        """Find a version, and note in the run's lineage that it reads it.

        Args:
            artifact_or_name: `name:alias`, `name:v3`, or an Artifact; a draft is logged first.
            type: what it must be.
            aliases: for a draft.
            use_as: what the run uses it as.

        Raises:
            ArtifactNotFound: there is none.
        """
        return self.artifacts.use(artifact_or_name, type, aliases, use_as)

    def link_artifact(
        self, artifact: Artifact, target_path: str, aliases: Sequence[str] | None = None
    ) -> Artifact:
        """Give a version another name, e.g. of a model registry.

        Args:
            artifact: a draft is logged first.
            target_path: `entity/registry/name`; its last part is the name.
            aliases: names for the version under that name.
        """
        return self.artifacts.link(artifact, target_path, aliases)

    def log_model(
        self,
        path: str | os.PathLike[str],
        name: str | None = None,
        aliases: Sequence[str] | None = None,
    ) -> Artifact:
        """Log a file or folder as an artifact of the type `model`."""
        return self.artifacts.log(path, name, "model", aliases)

    def use_model(self, name: str) -> str:
        """Download a model; returns the file, or the folder if there are several.

        Raises:
            ArtifactNotFound: there is none.
            UsageError: it is no model.
        """
        return self.artifacts.use_model(name)

    def link_model(
        self,
        path: str | os.PathLike[str],
        registered_model_name: str,
        name: str | None = None,
        aliases: Sequence[str] | None = None,
    ) -> Artifact:
        """`log_model`, then `link_artifact`."""
        logged = self.artifacts.log(path, name, "model", None)
        return self.artifacts.link(logged, registered_model_name, aliases)
