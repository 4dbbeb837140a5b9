"""What an artifact is: name, version, digest, description, aliases, of drafts and of versions."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import GitexpError, UsageError
from gitexp.record.values import plain_config
from gitexp.schema.artifact import ArtifactEntry, FileEntry, manifest_digest, why_not_a_name
from gitexp.wandb.artifacts.contents import Contents
from gitexp.wandb.artifacts.entry import ArtifactManifest, ArtifactManifestEntry

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.logged import Logged


class ArtifactNotLoggedError(GitexpError, AttributeError):
    """Something was asked that only a logged artifact can answer."""

    def __init__(self, what: str) -> None:
        super().__init__(f"artifact.{what} needs a logged artifact", "run.log_artifact(artifact)")


class ArtifactFacts:
    """The facts of an `Artifact`.

    Args:
        name: letters, digits, `_`, `-` and `.`.
        type: what kind of thing it is: dataset, model, ….
        description: a text about it.
        metadata: a mapping of plain values.
        incremental: when it is logged, it gets the files of the newest version that it lacks.
        use_as: what a run uses it as.
        storage_region: accepted, it means nothing.

    Raises:
        ValueError: the name cannot be.
    """

    def __init__(
        self,
        name: str,
        type: str,
        description: str | None = None,
        metadata: Mapping[str, Any] | None = None,
        incremental: bool = False,
        use_as: str | None = None,
        storage_region: str | None = None,
    ) -> None:
        why = why_not_a_name(name)
        if why:
            raise ValueError(f"artifact name {name!r}: {why}")
        self._name = name
        self._type = str(type)
        self._description = description
        self._metadata: dict[str, Any] = dict(metadata or {})
        self._aliases: list[str] = []
        self._tags: list[str] = []
        self._ttl_days: int | None = None
        self._contents = Contents()
        self._logged: Logged | None = None
        self._pretended = False
        self.incremental = incremental
        self.use_as = use_as
        self.client_id = secrets.token_hex(16)
        self.distributed_id: str | None = None

    # What it is -------------------------------------------------------------------------------

    def is_draft(self) -> bool:
        """Whether it was not logged yet."""
        return self._logged is None

    @property
    def type(self) -> str:
        """What kind of thing it is."""
        return self._type

    @property
    def name(self) -> str:
        """`name:v3` of a version, `name` of a draft."""
        return self._logged.title if self._logged else self._name

    @property
    def source_name(self) -> str:
        """As `name`."""
        return self.name

    @property
    def qualified_name(self) -> str:
        """`entity/project/name:v3`."""
        return "/".join(filter(None, (self.entity, self.project, self.name)))

    @property
    def collection_name(self) -> str:
        """Its name without the version."""
        return self._name

    @property
    def entity(self) -> str:
        """wandb's user or team."""
        return self._logged.entity if self._logged else ""

    @property
    def project(self) -> str:
        """wandb's project."""
        return self._logged.project if self._logged else ""

    @property
    def id(self) -> str | None:
        """The digest of a version; None for a draft."""
        return self._logged.found.entry.digest if self._logged else None

    @property
    def version(self) -> str:
        """`v3`; waits until it has one.

        Raises:
            ArtifactNotLoggedError: it is a draft.
        """
        return f"v{self._must_be_logged('version').found.entry.version}"

    @property
    def digest(self) -> str:
        """What the content is known by."""
        if self._logged is not None:
            return self._logged.found.entry.digest
        return manifest_digest(self._contents.digested())

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self.manifest.size()

    @property
    def file_count(self) -> int:
        """How many files and references."""
        return len(self.manifest)

    @property
    def state(self) -> str:
        """PENDING or COMMITTED."""
        return "PENDING" if self._logged is None else "COMMITTED"

    @property
    def commit_hash(self) -> str:
        """The oid of its folder in git, or `<commit>:<path>`."""
        return self._must_be_logged("commit_hash").found.tree

    @property
    def created_at(self) -> str:
        """When it was logged."""
        return self._must_be_logged("created_at").found.entry.created_at

    @property
    def updated_at(self) -> str:
        """As `created_at`."""
        return self.created_at

    @property
    def url(self) -> str:
        """The repository, and the run's ref with the path in its tree."""
        return self._must_be_logged("url").url

    @property
    def description(self) -> str | None:
        """A text about it; assign and `save()` to change it."""
        return self._description

    @description.setter
    def description(self, description: str | None) -> None:
        self._description = description

    @property
    def metadata(self) -> dict[str, Any]:
        """Plain values; change them and `save()`."""
        return self._metadata

    @metadata.setter
    def metadata(self, metadata: Mapping[str, Any]) -> None:
        self._metadata = dict(metadata)

    @property
    def aliases(self) -> list[str]:
        """The names of this version besides its number; change them and `save()`.

        Raises:
            ArtifactNotLoggedError: it is a draft.
        """
        self._must_be_logged("aliases").settle()
        return self._aliases

    @aliases.setter
    def aliases(self, aliases: Sequence[str]) -> None:
        self._must_be_logged("aliases")
        self._aliases = [str(alias) for alias in aliases]

    @property
    def tags(self) -> list[str]:
        """Words to find the version by; change them and `save()`."""
        return self._tags

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        self._tags = [str(tag) for tag in tags]

    @property
    def ttl(self) -> Any:
        """How long it is meant to be kept, a timedelta; it is noted, nothing is removed."""
        from datetime import timedelta

        return None if self._ttl_days is None else timedelta(days=self._ttl_days)

    @ttl.setter
    def ttl(self, ttl: Any) -> None:
        self._ttl_days = None if ttl is None else int(getattr(ttl, "days", ttl))

    @property
    def manifest(self) -> ArtifactManifest:
        """All of its files."""
        if self._logged is not None:
            found = {e.path: ArtifactManifestEntry(self, e) for e in self._logged.entries.values()}
        else:
            found = {
                entry.path: ArtifactManifestEntry(self, entry, local)
                for entry, local in self._contents.entries.values()
            }
        return ArtifactManifest(found)

    def fetch_paths(self, root: str | os.PathLike[str] | None, paths: Sequence[str]) -> list[Path]:
        """Write some files below a folder; returns where they are."""
        raise NotImplementedError

    # For whoever logs it ----------------------------------------------------------------------

    def pretend(self) -> None:
        """Be as if logged, for a run that records nothing."""
        self._pretended = True

    def take(self, logged: Logged) -> None:
        """Become a version: what was added is in the journal, or in git."""
        self._logged = logged
        self._contents = Contents()

    def take_facts(self, entry: ArtifactEntry, aliases: Sequence[str]) -> None:
        """What git says of the version."""
        self._aliases = list(aliases)
        self._tags = list(dict.fromkeys((*entry.tags, *self._tags)))
        description, metadata = entry.description, entry.metadata
        self._ttl_days = entry.ttl_days if self._ttl_days is None else self._ttl_days
        self._description = description if self._description is None else self._description
        self._metadata = self._metadata or dict(metadata)

    def announcement(self) -> dict[str, Any]:
        """What the journal's event says of it."""
        return {
            "name": self._name,
            "artifact_type": self._type,
            "description": self._description,
            "metadata": plain_config(self._metadata),
            "tags": self._tags,
            "ttl_days": self._ttl_days,
        }

    @property
    def staged(self) -> Mapping[str, tuple[FileEntry, Path | None]]:
        """What a draft holds, by path."""
        return self._contents.entries

    @property
    def logged(self) -> Logged | None:
        """The version that it is; None: a draft."""
        return self._logged

    def _draft(self, what: str) -> Contents:
        if self._logged is not None:
            raise UsageError(
                f"artifact.{what}(): it is logged, and a version does not change",
                "artifact.new_draft() begins the next one",
            )
        return self._contents

    def _must_be_logged(self, what: str) -> Logged:
        if self._logged is None:
            raise ArtifactNotLoggedError(what)
        return self._logged
