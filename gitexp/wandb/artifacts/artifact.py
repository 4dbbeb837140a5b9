"""`Artifact`: a draft that a script fills, or a version that a run logged."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gitexp.errors import UsageError
from gitexp.schema.artifact import FileEntry
from gitexp.wandb.artifacts import download, references
from gitexp.wandb.artifacts.entry import ArtifactFile, ArtifactManifestEntry
from gitexp.wandb.artifacts.facts import ArtifactFacts

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.logged import Logged


class Artifact(ArtifactFacts):
    """Files and folders under a name, each state of them a version; see `ArtifactFacts`."""

    # Filling it -------------------------------------------------------------------------------

    def add_file(
        self,
        local_path: str | os.PathLike[str],
        name: str | None = None,
        is_tmp: bool | None = False,
        skip_cache: bool | None = False,
        policy: str | None = "mutable",
        overwrite: bool = False,
    ) -> ArtifactManifestEntry:
        """Add a file; it is copied now, so the script may change or remove it.

        Args:
            local_path: the file.
            name: its path in the artifact; by default its own last part.
            is_tmp: accepted.
            skip_cache: accepted.
            policy: "immutable" promises that nobody writes to the file any more: no copy is made
                where a hard link will do.
            overwrite: whether another file of that path may be replaced.

        Raises:
            ValueError: it is no file.
        """
        source = Path(local_path)
        entry = self._draft("add_file").add_file(
            source, name or source.name, mutable=policy != "immutable", overwrite=overwrite
        )
        return self._entry(entry)

    def add_dir(
        self,
        local_path: str | os.PathLike[str],
        name: str | None = None,
        skip_cache: bool | None = False,
        policy: str | None = "mutable",
        merge: bool = False,
    ) -> None:
        """Add the files below a folder; see `add_file`.

        Raises:
            ValueError: it is no folder.
        """
        top = Path(local_path)
        if not top.is_dir():
            raise ValueError(f"{top} is not a folder")
        contents = self._draft("add_dir")
        for file in sorted(path for path in top.rglob("*") if path.is_file()):
            inside = file.relative_to(top).as_posix()
            path = f"{name.rstrip('/')}/{inside}" if name else inside
            contents.add_file(file, path, mutable=policy != "immutable", overwrite=merge)

    def add_reference(
        self,
        uri: str | ArtifactManifestEntry,
        name: str | None = None,
        checksum: bool = True,
        max_objects: int | None = None,
    ) -> list[ArtifactManifestEntry]:
        """Add what stands somewhere else; it is named and not copied.

        Args:
            uri: `file://…` (also of a folder), `https://…`, `s3://…`, …
            name: its path in the artifact.
            checksum: whether local files are hashed.
            max_objects: of a folder, how many files may be in it.

        Raises:
            ValueError: it is no address.
        """
        contents = self._draft("add_reference")
        address = uri.ref_url() if isinstance(uri, ArtifactManifestEntry) else str(uri)
        added = list(references.entries_of(address, name, checksum=checksum, most=max_objects))
        for entry in added:
            contents.add_reference(entry)
        return [self._entry(entry) for entry in added]

    def add(self, obj: Any, name: str, overwrite: bool = False) -> ArtifactManifestEntry:
        """Add a Table, an Image or other media; `get(name)` gives it back.

        Raises:
            TypeError: it is none of these.
        """
        contents = self._draft("add")
        path = contents.add_object(obj, name)
        return self._entry(contents.entries[path][0])

    def new_file(
        self, name: str, mode: str = "x", encoding: str | None = None
    ) -> contextlib.AbstractContextManager[IO[Any]]:
        """A new file to write to, as a context manager."""
        return self._draft("new_file").new_file(name, mode.replace("x", "w"), encoding)

    def remove(self, item: Any) -> None:
        """Take a file or a folder out of a draft."""
        self._draft("remove").remove(getattr(item, "path", None) or os.fspath(item))

    def get_added_local_path_name(self, local_path: str) -> str | None:
        """The path in the artifact of a file that was added from this one."""
        return self._contents.sources.get(os.path.abspath(local_path))

    def finalize(self) -> None:
        """Do nothing: what is logged cannot be changed anyway."""

    def new_draft(self) -> Artifact:
        """A draft with the files of this version, to add to or remove from."""
        logged = self._must_be_logged("new_draft()")
        draft = Artifact(self._name, self._type, self._description, self._metadata)
        draft.take_files(logged)
        return draft

    def take_files(self, logged: Logged) -> None:
        """Add the files of a version that this draft has not got."""
        with download.temporary(logged) as folder:
            for path, entry in logged.entries.items():
                if path in self._contents.entries:
                    continue
                if entry.ref is not None:
                    self._contents.add_reference(entry)
                else:
                    self._contents.add_file(folder / path, path)

    # Reading it -------------------------------------------------------------------------------

    def get_entry(self, name: str | os.PathLike[str]) -> ArtifactManifestEntry:
        """A file of it.

        Raises:
            KeyError: there is none of that path.
        """
        path = os.fspath(name)
        entry = self.manifest.get_entry_by_path(path)
        if entry is None:
            raise KeyError(f"Path not contained in artifact: {path}")
        return entry

    def get_path(self, name: str | os.PathLike[str]) -> ArtifactManifestEntry:
        """As `get_entry`."""
        return self.get_entry(name)

    def get(self, name: str) -> Any:
        """The media that was added under a name; None: there is none."""
        self._must_be_logged("get()")
        from gitexp.wandb.artifacts.objects import load_object

        return load_object(self, name)

    def __getitem__(self, name: str) -> Any:
        return self.get(name)

    def __setitem__(self, name: str, item: Any) -> None:
        self.add(item, name)

    def download(
        self,
        root: str | os.PathLike[str] | None = None,
        allow_missing_references: bool = False,
        skip_cache: bool | None = None,
        path_prefix: str | None = None,
        multipart: bool | None = None,
    ) -> str:
        """Write its files to a folder; those that are there already are left alone.

        Args:
            root: by default `./artifacts/<name>:<version>`, or the same in $WANDB_ARTIFACT_DIR.
            allow_missing_references: whether references that cannot be had are passed over.
            skip_cache: accepted, there is no cache beside git.
            path_prefix: only files whose path begins so.
            multipart: accepted.

        Returns:
            The folder.
        """
        logged = self._must_be_logged("download()")
        paths = [p for p in logged.entries if p.startswith(path_prefix or "")]
        folder = download.folder_of(self, root)
        download.write(logged, folder, paths, lenient=allow_missing_references)
        return os.fspath(folder)

    def fetch_paths(self, root: str | os.PathLike[str] | None, paths: Sequence[str]) -> list[Path]:
        """Write some files below a folder; returns where they are."""
        logged = self._must_be_logged("download()")
        return download.write(logged, download.folder_of(self, root), paths)

    def checkout(self, root: str | None = None) -> str:
        """As `download`, and whatever else is in the folder is removed."""
        folder = Path(self.download(root))
        download.remove_others(folder, self._must_be_logged("checkout()").entries)
        return os.fspath(folder)

    def verify(self, root: str | None = None) -> None:
        """Compare a folder with the artifact.

        Raises:
            ValueError: a file is missing, changed, or one too many.
        """
        entries = self._must_be_logged("verify()").entries
        download.verify(download.folder_of(self, root), entries)

    def file(self, root: str | None = None) -> str:
        """Download the only file of it; returns where it is.

        Raises:
            ValueError: it has several.
        """
        paths = list(self._must_be_logged("file()").entries)
        if len(paths) != 1:
            raise ValueError(
                "This artifact contains more than one file, call `.download()` to get all files "
                'or call .get_entry("filename").download()'
            )
        return os.fspath(self.fetch_paths(root, paths)[0])

    def files(self, names: list[str] | None = None, per_page: int = 50) -> list[ArtifactFile]:
        """Its files, or those of some paths."""
        entries = self.manifest.entries
        chosen = entries if names is None else [name for name in names if name in entries]
        return [ArtifactFile(entries[name]) for name in chosen]

    # Its life ---------------------------------------------------------------------------------

    def save(self, project: str | None = None, settings: Any = None) -> None:
        """Log a draft, in the active run or one of its own; of a version, store what changed."""
        if self._logged is not None:
            told = self._description, self._metadata, self._ttl_days
            self._logged.save(self._aliases, self._tags, *told)
            return
        from gitexp.wandb.artifacts.saving import log_by_itself

        log_by_itself(self, project)

    def wait(self, timeout: float | None = None) -> Artifact:
        """Wait until it is in git and has a version; returns itself.

        Raises:
            ArtifactNotLoggedError: it is a draft.
            GitexpError: it takes longer than `timeout` seconds.
        """
        if not self._pretended:
            self._must_be_logged("wait()").settle(timeout)
        return self

    def link(self, target_path: str, aliases: Sequence[str] | None = None) -> Artifact:
        """Give it another name, e.g. of a model registry."""
        from gitexp.wandb.artifacts.saving import link

        return link(self, target_path, aliases)

    def delete(self, delete_aliases: bool = False) -> None:
        """Take the version out of its runs; git frees the space when the runs are removed.

        Raises:
            UsageError: it has aliases, and `delete_aliases` is False.
        """
        logged = self._must_be_logged("delete()")
        if logged.found.aliases and not delete_aliases:
            raise UsageError(
                f"{self.name} has the aliases {', '.join(logged.found.aliases)}",
                "delete(delete_aliases=True) deletes it all the same",
            )
        logged.delete()

    def logged_by(self) -> Any:
        """The run that logged it, as `Api().run()` gives it; None: it is a draft."""
        return self._logged.logged_by() if self._logged else None

    def used_by(self) -> list[Any]:
        """The runs that used it, as `Api().run()` gives them."""
        return self._logged.used_by() if self._logged else []

    def json_encode(self) -> dict[str, Any]:
        """What tells it from others."""
        return {"_type": "artifactVersion", "id": self.id, "version": self.name}

    def __repr__(self) -> str:
        return f"<Artifact {self.name}>"

    def _entry(self, entry: FileEntry) -> ArtifactManifestEntry:
        return ArtifactManifestEntry(self, entry, self._contents.entries[entry.path][1])
