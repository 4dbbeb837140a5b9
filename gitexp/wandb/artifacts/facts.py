"""What an artifact is: name, version, digest, description, aliases, of drafts and of versions."""

from __future__ import annotations

import math
import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.schema.artifact import ArtifactEntry, FileEntry, manifest_digest
from gitexp.wandb.artifacts import checks
from gitexp.wandb.artifacts.contents import Contents
from gitexp.wandb.artifacts.entry import ArtifactManifest, ArtifactManifestEntry
from gitexp.wandb.artifacts.exceptions import ArtifactFinalizedError, ArtifactNotLoggedError

if TYPE_CHECKING:
    from datetime import timedelta

    from gitexp.wandb.artifacts.logged import Logged

_INHERITED = -1.0
_DAY_S = 86_400


class ArtifactFacts:
    """The facts of an `Artifact`.

    Args:
        name: letters, digits, `_`, `-` and `.`.
        type: what kind of thing it is: dataset, model, ….
        description: a text about it.
        metadata: a mapping of plain values.
        incremental: when it is logged, it gets the files of the newest version that it lacks.
        use_as: what a run uses it as.
        storage_region: kept in the manifest, it means nothing.
        digest_algorithm: accepted; it is MD5.

    Raises:
        TypeError: the metadata is no mapping of plain values.
        ValueError: the name cannot be, or the type, or the metadata.
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
        digest_algorithm: str = "MD5",
    ) -> None:
        self._name = checks.checked_name(name)
        self._type = checks.checked_type(str(type), name)
        self._description = description
        self._metadata = checks.checked_metadata(metadata)
        self._aliases: list[str] = []
        self._tags: list[str] = []
        self._ttl_s: float | None = _INHERITED
        self._contents = Contents()
        self._logged: Logged | None = None
        self._pretended = False
        self._final = False
        self._incremental = bool(incremental)
        self._storage_region = storage_region
        self.use_as = use_as
        self.client_id = secrets.token_hex(16)
        self.distributed_id: str | None = None

    # What it is -------------------------------------------------------------------------------

    def is_draft(self) -> bool:
        """Whether it was not logged yet."""
        return self._logged is None

    def finalize(self) -> None:
        """Nothing can be added or removed any more."""
        self._final = True

    @property
    def type(self) -> str:
        """What kind of thing it is."""
        return self._type

    @property
    def name(self) -> str:
        """`name:v3` of a version, `name` of a draft."""
        return self._logged.title if self._logged else self._name

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
        return self._must_be_logged("entity").entity

    @property
    def project(self) -> str:
        """wandb's project."""
        return self._must_be_logged("project").project

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
    def digest_algorithm(self) -> str:
        """How files are hashed, under wandb's name."""
        return "MANIFEST_MD5"

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return self.manifest.size()

    @property
    def file_count(self) -> int:
        """How many files and references."""
        self._must_be_logged("file_count")
        return len(self.manifest)

    @property
    def incremental(self) -> bool:
        """Whether it gets the files of the newest version when it is logged."""
        return self._incremental

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
        return self._must_be_logged("updated_at").found.entry.created_at

    @property
    def history_step(self) -> int | None:
        """None: gitexp does not note at which step of its run a version was logged."""
        self._must_be_logged("history_step")
        return None

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
    def metadata(self, metadata: Mapping[str, Any] | None) -> None:
        self._metadata = checks.checked_metadata(metadata)

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
        self._must_be_logged("aliases").settle()
        self._aliases = checks.checked_aliases(aliases)

    @property
    def tags(self) -> list[str]:
        """Words to find the version by; change them and `save()`.

        Raises:
            ArtifactNotLoggedError: it is a draft.
        """
        self._must_be_logged("tags").settle()
        return self._tags

    @tags.setter
    def tags(self, tags: Sequence[str]) -> None:
        self._must_be_logged("tags").settle()
        self._tags = checks.checked_tags(tags)

    @property
    def ttl(self) -> timedelta | None:
        """How long it is meant to be kept; it is noted in days, and nothing is removed.

        Raises:
            ArtifactNotLoggedError: it is a draft, and nobody said how long.
        """
        from datetime import timedelta

        if self._ttl_s == _INHERITED:
            self._must_be_logged("ttl")
            return None
        return None if self._ttl_s is None else timedelta(seconds=self._ttl_s)

    @ttl.setter
    def ttl(self, ttl: Any) -> None:
        if ttl is None:
            self._ttl_s = None
            return
        if getattr(ttl, "name", None) == "INHERIT":
            self._ttl_s = _INHERITED
            return
        seconds = ttl.total_seconds() if hasattr(ttl, "total_seconds") else ttl * _DAY_S
        if seconds <= 0:
            raise ValueError(f"a ttl is a positive time, not {seconds} s")
        self._ttl_s = float(int(seconds))

    @property
    def ttl_days(self) -> int | None:
        """The same in whole days, for run.json."""
        known = self._ttl_s not in (None, _INHERITED)
        return math.ceil((self._ttl_s or 0) / _DAY_S) if known else None

    @property
    def manifest(self) -> ArtifactManifest:
        """All of its files; of a draft, what is added to it is added to the artifact."""
        if self._logged is not None:
            found = {
                e.path: ArtifactManifestEntry.of(self, e) for e in self._logged.entries.values()
            }
            return ArtifactManifest(found, region=self._storage_region)
        drafted = {
            entry.path: ArtifactManifestEntry.of(self, entry, local)
            for entry, local in self._contents.entries.values()
        }
        return ArtifactManifest(drafted, self._contents, region=self._storage_region)

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
        self._final = True
        self._contents = Contents()

    def take_facts(self, entry: ArtifactEntry, aliases: Sequence[str]) -> None:
        """What git says of the version."""
        self._aliases = list(aliases)
        self._tags = list(dict.fromkeys((*entry.tags, *self._tags)))
        if self._ttl_s == _INHERITED and entry.ttl_days is not None:
            self._ttl_s = float(entry.ttl_days * _DAY_S)
        self._description = entry.description if self._description is None else self._description
        self._metadata = self._metadata or dict(entry.metadata)

    def announcement(self) -> dict[str, Any]:
        """What the journal's event says of it."""
        return {
            "name": self._name,
            "artifact_type": self._type,
            "description": self._description,
            "metadata": checks.checked_metadata(self._metadata),
            "tags": self._tags,
            "ttl_days": self.ttl_days,
        }

    @property
    def staged(self) -> Mapping[str, tuple[FileEntry, Path | None]]:
        """What a draft holds, by path."""
        return self._contents.entries

    @property
    def logged(self) -> Logged | None:
        """The version that it is; None: a draft."""
        return self._logged

    def add_tags(self, tags: Sequence[str]) -> None:
        """Give a draft words to find it by."""
        self._tags = list(dict.fromkeys((*self._tags, *tags)))

    def _draft(self, what: str) -> Contents:
        if self._final:
            raise ArtifactFinalizedError(f"Artifact.{what}", self)
        return self._contents

    def _must_be_logged(self, what: str) -> Logged:
        if self._logged is None:
            raise ArtifactNotLoggedError(f"Artifact.{what}", self)
        return self._logged
