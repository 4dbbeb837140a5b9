"""The run's methods for artifacts; what they do is loaded with the first of them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitexp.record.active import ActiveRun

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact
    from gitexp.wandb.artifacts.on_run import RunArtifacts

_KINDS = ("Artifact", "InternalArtifact")
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

    def _config_changed(self, values: dict[str, Any]) -> None:
        told = {key: value for key, value in values.items() if may_be_artifact(value)}
        if told:
            kept, artifacts = self.artifacts.take_config(told)
            for key, artifact in artifacts.items():
                self.config.put_quietly(key, artifact)
            values = {**values, **kept}
        super()._config_changed(values)

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
        """Log a part of an artifact that several runs fill, in whatever process they are.

        Args:
            artifact_or_path: an Artifact, or a file, a folder or an address.
            name: of the artifact, where a path is given.
            type: see `name`.
            aliases: accepted; those of `finish_artifact` count.
            distributed_id: which artifact it is; by default the run's group.

        Raises:
            TypeError: the run is in no group, and there is no `distributed_id`.
        """
        return self.artifacts.log_part(
            artifact_or_path, name, type, aliases, distributed_id, last=False
        )

    def finish_artifact(
        self,
        artifact_or_path: Source,
        name: str | None = None,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        distributed_id: str | None = None,
    ) -> Artifact:
        """Log all parts that `upsert_artifact` was given, and this one, as one version.

        Args:
            artifact_or_path: an Artifact, or a file, a folder or an address.
            name: of the artifact, where a path is given.
            type: see `name`.
            aliases: names for the version.
            distributed_id: which artifact it is; by default the run's group.

        Raises:
            TypeError: the run is in no group, and there is no `distributed_id`.
        """
        return self.artifacts.log_part(
            artifact_or_path, name, type, aliases, distributed_id, last=True
        )

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

    def log_code(
        self,
        root: str | None = ".",
        name: str | None = None,
        include_fn: Any = None,
        exclude_fn: Any = None,
    ) -> Artifact | None:
        """Log source files as an artifact; the run's own code/ has the whole tree anyway.

        Args:
            root: the folder.
            name: of the artifact; by default `source-<project>-<script>`.
            include_fn: says of a path (and the folder) whether it is logged; by default Python,
                requirements.txt and Dockerfiles.
            exclude_fn: says of those which are left out; by default what is in `wandb/`.

        Returns:
            The artifact; None: there are no such files.
        """
        from gitexp.wandb.artifacts.code import is_generated, is_source

        project = str(getattr(self, "project", ""))
        include, exclude = include_fn or is_source, exclude_fn or is_generated
        return self.artifacts.log_code(project, root, name, include, exclude)

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
            AssertionError: it is no model.
        """
        return self.artifacts.use_model(name)

    def link_model(
        self,
        path: str | os.PathLike[str],
        registered_model_name: str,
        name: str | None = None,
        aliases: Sequence[str] | None = None,
    ) -> Artifact:
        """`log_model`, then `link_artifact`.

        Args:
            path: of the model.
            registered_model_name: its other name.
            name: of the artifact; by default of the run and the path.
            aliases: names for the version under its other name.

        Raises:
            AssertionError: the other name has a `/` in it, or `name` belongs to what is no model.
        """
        return self.artifacts.link_model(path, registered_model_name, name, aliases)


def may_be_artifact(value: Any) -> bool:
    """Whether a config's value is, means or holds an artifact; asked without importing."""
    if isinstance(value, str):
        return value.startswith("wandb-artifact://")
    if isinstance(value, Mapping):
        version = value.get("_type") == "artifactVersion"
        return version or any(may_be_artifact(below) for below in value.values())
    return type(value).__name__ in _KINDS


def artifacts_of(config: Any) -> dict[str, Any]:
    """The values of a config that is given to init() which are or may be artifacts."""
    items = config if isinstance(config, Mapping) else getattr(config, "__dict__", {})
    return {str(key): value for key, value in items.items() if may_be_artifact(value)}
