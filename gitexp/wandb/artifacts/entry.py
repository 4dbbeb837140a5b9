"""One file of an artifact, and all of them, under wandb's names."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.schema.artifact import FileEntry, manifest_digest
from gitexp.store.artifacts import file_digest
from gitexp.wandb.artifacts.checks import checked_inside
from gitexp.wandb.artifacts.exceptions import ArtifactNotLoggedError

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.contents import Contents
    from gitexp.wandb.artifacts.facts import ArtifactFacts


class ArtifactManifestEntry:
    """A file or a reference of an artifact.

    Attributes:
        path: in the artifact.
        size: in bytes.
        ref: the address, of a reference.
        extra: what is known of it besides.
        local_path: where it waits, of an artifact that is not logged yet.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        digest: str,
        ref: str | None = None,
        birth_artifact_id: str | None = None,
        size: int | None = None,
        extra: Mapping[str, Any] | None = None,
        local_path: str | os.PathLike[str] | None = None,
        skip_cache: bool = False,
    ) -> None:
        self._artifact: ArtifactFacts | None = None
        self.path = os.fspath(path)
        self._digest = digest
        self.ref = ref
        self.birth_artifact_id = birth_artifact_id
        self.extra = dict(extra or {})
        self.local_path = None if local_path is None else os.fspath(local_path)
        known = size is None and self.local_path is not None
        self.size = os.path.getsize(self.local_path or "") if known else size
        self.skip_cache = skip_cache

    @classmethod
    def of(
        cls, artifact: ArtifactFacts, entry: FileEntry, local: Path | None = None
    ) -> ArtifactManifestEntry:
        """A file of an artifact."""
        path, size = entry.path, entry.size
        # A staged file may be in the journal by now; its size was told when it was added.
        made = cls(path, entry.digest, entry.ref, size=size or 0, extra=entry.extra)
        made.size = size
        made.local_path = None if local is None else os.fspath(local)
        made._artifact = artifact
        return made

    @property
    def name(self) -> str:
        """As `path`."""
        return self.path

    @property
    def digest(self) -> str:
        """Base64 of its MD5; of a reference its checksum, or the address."""
        if not self._digest:
            # Taken when somebody asks, for a training may wait for it otherwise.
            if self.local_path is not None and os.path.exists(self.local_path):
                self._digest = file_digest(Path(self.local_path))
            else:
                self._digest = self.parent_artifact().manifest.entries[self.path].digest
        return self._digest

    def to_json(self) -> dict[str, Any]:
        """As it stands in a manifest, with its path."""
        told = {"path": self.path, "digest": self.digest, "ref": self.ref, "size": self.size}
        return {k: v for k, v in {**told, "extra": self.extra or None}.items() if v is not None}

    def parent_artifact(self) -> ArtifactFacts:
        """The artifact.

        Raises:
            ValueError: it is in none.
        """
        if self._artifact is None:
            raise ValueError("the entry belongs to no artifact yet")
        return self._artifact

    def download(
        self,
        root: str | os.PathLike[str] | None = None,
        skip_cache: bool | None = None,
        executor: Any = None,
    ) -> str:
        """Write it below a folder; returns where it is.

        Args:
            root: by default the artifact's own folder.
            skip_cache: accepted, there is no cache beside git.
            executor: accepted.
        """
        return os.fspath(self.parent_artifact().fetch_paths(root, [self.path])[0])

    def ref_target(self) -> str:
        """The address that it refers to.

        Raises:
            ValueError: it is no reference.
        """
        if self.ref is None:
            raise ValueError("it is a file, no reference: it has no ref_target()")
        return self.ref

    def ref_url(self) -> str:
        """An address for this file, which `add_reference` of another artifact takes.

        Raises:
            ArtifactNotLoggedError: the artifact is a draft.
        """
        artifact = self.parent_artifact()
        if artifact.logged is None:
            raise ArtifactNotLoggedError("ArtifactManifestEntry.ref_url", artifact)
        artifact.logged.settle()
        return f"wandb-artifact://{artifact.qualified_name}/{self.path}"

    def _told(self) -> tuple[Any, ...]:
        return self.path, self.digest, self.ref, self.size, self.extra

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ArtifactManifestEntry):
            return NotImplemented
        return self._told() == other._told()

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        told = (f"{name}={value!r}" for name, value in self.to_json().items())
        return f"ArtifactManifestEntry({', '.join(told)})"


class ArtifactManifest:
    """All files of an artifact.

    Args:
        entries: by path.
        contents: of a draft; what is added here is added there.
        region: wandb's name of where files would be kept.

    Attributes:
        entries: by path.
    """

    def __init__(
        self,
        entries: dict[str, ArtifactManifestEntry],
        contents: Contents | None = None,
        *,
        region: str | None = None,
    ) -> None:
        self.entries = entries
        self._contents = contents
        self._region = region

    def __len__(self) -> int:
        return len(self.entries)

    def get_entry_by_path(self, path: str) -> ArtifactManifestEntry | None:
        """The file of a path; None: there is none."""
        return self.entries.get(path)

    def get_entries_in_directory(self, directory: str) -> list[ArtifactManifestEntry]:
        """The files below a folder."""
        return [e for path, e in self.entries.items() if path.startswith(f"{directory}/")]

    def add_entry(self, entry: ArtifactManifestEntry, overwrite: bool = False) -> None:
        """Add a file or a reference.

        Raises:
            ValueError: its path cannot be, or another one has it.
        """
        path = checked_inside(entry.path)
        known = self.entries.get(path)
        if known is not None and known.digest != entry.digest and not overwrite:
            raise ValueError(f"{path!r} is in the artifact already, with other content")
        self.entries[path] = entry
        if self._contents is not None:
            told = FileEntry(path, entry.digest, entry.size, entry.ref, dict(entry.extra))
            local = None if entry.ref or not entry.local_path else Path(entry.local_path)
            self._contents.entries[path] = told, local

    def remove_entry(self, entry: ArtifactManifestEntry) -> None:
        """Take a file or a reference out.

        Raises:
            FileNotFoundError: there is none of its path.
        """
        if entry.path not in self.entries:
            raise FileNotFoundError(f"the artifact has no file {entry.path!r}")
        del self.entries[entry.path]
        if self._contents is not None:
            del self._contents.entries[entry.path]

    def digest(self) -> str:
        """What a version of these files is known by."""
        return manifest_digest(FileEntry(e.path, e.digest) for e in self.entries.values())

    def size(self) -> int:
        """Bytes of all of them."""
        return sum(entry.size or 0 for entry in self.entries.values())

    def to_manifest_json(self) -> dict[str, Any]:
        """As wandb has it in its manifest files."""
        config = {"storageLayout": "V2"}
        if self._region:
            config["storageRegion"] = self._region
        return {
            "version": 1,
            "storagePolicy": "wandb-storage-policy-v1",
            "storagePolicyConfig": config,
            "contents": {
                path: {k: v for k, v in entry.to_json().items() if k != "path"}
                for path, entry in self.entries.items()
            },
        }


class ArtifactFile:
    """A file of an artifact, as `Artifact.files()` gives it."""

    def __init__(self, entry: ArtifactManifestEntry) -> None:
        self._entry = entry
        self.name = entry.path
        self.size = entry.size or 0
        self.digest = entry.digest
        self.url = entry.ref or entry.ref_url()
        self.direct_url = self.url

    @property
    def md5(self) -> str:
        """As `digest`."""
        return self.digest

    @property
    def mimetype(self) -> str:
        """By its name."""
        import mimetypes

        return mimetypes.guess_type(self.name)[0] or ""

    def download(
        self,
        root: str | os.PathLike[str] = ".",
        replace: bool = False,
        exist_ok: bool = False,
        api: Any = None,
    ) -> Any:
        """Write it below a folder; returns it open for reading.

        Raises:
            ValueError: there is such a file, and neither `replace` nor `exist_ok` says what to do.
        """
        target = Path(root) / self.name
        if not target.exists() or replace:
            self._entry.download(root)
        elif not exist_ok:
            raise ValueError(
                f"{target} exists: replace=True writes over it, exist_ok=True leaves it"
            )
        return target.open(errors="replace")

    def __repr__(self) -> str:
        return f"<File {self.name} ({self.mimetype}) {self.size} bytes>"
