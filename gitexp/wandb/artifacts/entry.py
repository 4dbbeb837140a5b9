"""One file of an artifact, and all of them, under wandb's names."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.schema.artifact import FileEntry
from gitexp.store.artifacts import file_digest

if TYPE_CHECKING:
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

    birth_artifact_id = None

    def __init__(
        self, artifact: ArtifactFacts, entry: FileEntry, local: Path | None = None
    ) -> None:
        self._artifact = artifact
        self.path = entry.path
        self._digest = entry.digest
        self.size = entry.size
        self.ref = entry.ref
        self.extra = dict(entry.extra)
        self.local_path = None if local is None else os.fspath(local)

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
                self._digest = self._artifact.manifest.entries[self.path].digest
        return self._digest

    def parent_artifact(self) -> ArtifactFacts:
        """The artifact."""
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
        return os.fspath(self._artifact.fetch_paths(root, [self.path])[0])

    def ref_target(self) -> str:
        """The address that it refers to.

        Raises:
            ValueError: it is no reference.
        """
        if self.ref is None:
            raise ValueError("Only reference entries support ref_target().")
        return self.ref

    def ref_url(self) -> str:
        """An address for this file, which `add_reference` of another artifact takes."""
        return f"wandb-artifact://{self._artifact.qualified_name}/{self.path}"

    def __repr__(self) -> str:
        return f"ArtifactManifestEntry({self.path!r}, {self.digest!r}, {self.size!r})"


class ArtifactManifest:
    """All files of an artifact.

    Attributes:
        entries: by path.
    """

    def __init__(self, entries: dict[str, ArtifactManifestEntry]) -> None:
        self.entries = entries

    def __len__(self) -> int:
        return len(self.entries)

    def get_entry_by_path(self, path: str) -> ArtifactManifestEntry | None:
        """The file of a path; None: there is none."""
        return self.entries.get(path)

    def get_entries_in_directory(self, directory: str) -> list[ArtifactManifestEntry]:
        """The files below a folder."""
        return [e for path, e in self.entries.items() if path.startswith(f"{directory}/")]

    def size(self) -> int:
        """Bytes of all of them."""
        return sum(entry.size or 0 for entry in self.entries.values())


class ArtifactFile:
    """A file of an artifact, as `Artifact.files()` gives it."""

    def __init__(self, entry: ArtifactManifestEntry) -> None:
        self._entry = entry
        self.name = entry.path
        self.size = entry.size or 0
        self.digest = entry.digest
        self.url = entry.ref or entry.ref_url()

    def download(
        self, root: str | os.PathLike[str] = ".", replace: bool = False, exist_ok: bool = False
    ) -> Any:
        """Write it below a folder; returns it open for reading.

        Raises:
            ValueError: there is such a file, and neither `replace` nor `exist_ok` says what to do.
        """
        target = Path(root) / self.name
        if not target.exists() or replace:
            self._entry.download(root)
        elif not exist_ok:
            raise ValueError(f"{target} exists; replace=True overwrites it")
        return target.open()

    def __repr__(self) -> str:
        return f"<File {self.name} ({self.size} bytes)>"
