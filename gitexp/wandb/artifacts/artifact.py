"""`Artifact`: a draft that a script fills, or a version that a run logged."""

from __future__ import annotations

import contextlib
import os
from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from gitexp.errors import GitexpError
from gitexp.schema.artifact import FileEntry
from gitexp.store.artifacts import file_digest
from gitexp.wandb.artifacts import checks, download, references
from gitexp.wandb.artifacts.entry import ArtifactFile, ArtifactManifestEntry
from gitexp.wandb.artifacts.links import ArtifactLinks
from gitexp.wandb.public.listed import Listed
from gitexp.wandb.saved_model import SavedModel

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.logged import Logged


_POLICIES = (None, "mutable", "immutable")


class Artifact(ArtifactLinks):
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
            is_tmp: whether its content gives the file its name; what follows the first dot stays.
            skip_cache: accepted.
            policy: "immutable" promises that nobody writes to the file any more: no copy is made
                where a hard link will do.
            overwrite: whether another file of that path may be replaced.

        Raises:
            ArtifactFinalizedError: it is logged.
            ValueError: it is no file, its path cannot be, or another file has it.
        """
        contents = self._draft("add_file")
        source = Path(local_path)
        path = os.fspath(name or source.name)
        if is_tmp and source.is_file():
            folder, _, last = path.rpartition("/")
            named = b64decode(file_digest(source)).hex()[:20]
            path = "/".join(filter(None, (folder, ".".join((named, *last.split(".")[1:])))))
        entry = contents.add_file(source, path, mutable=_copied(policy), overwrite=overwrite)
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
            ArtifactFinalizedError: it is logged.
            ValueError: it is no folder, or another file has the path of one of its files.
        """
        contents = self._draft("add_dir")
        top = Path(local_path)
        if not top.is_dir():
            raise ValueError(f"{os.fspath(local_path)!r} is no folder")
        mutable = _copied(policy)
        for inside, file in references.files_below(top):
            path = f"{os.fspath(name).rstrip('/')}/{inside}" if name else inside
            contents.add_file(file, path, mutable=mutable, overwrite=merge)

    def add_reference(
        self,
        uri: str | ArtifactManifestEntry,
        name: str | os.PathLike[str] | None = None,
        checksum: bool = True,
        max_objects: int | None = None,
    ) -> list[ArtifactManifestEntry]:
        """Add what stands somewhere else; it is named and not copied.

        Args:
            uri: `file://…` (also of a folder), `https://…`, `s3://…`, …, or a file of another
                artifact.
            name: its path in the artifact.
            checksum: whether local files are hashed.
            max_objects: of a folder, how many files may be in it.

        Raises:
            ValueError: it is no address.
        """
        contents = self._draft("add_reference")
        path = None if name is None else os.fspath(name)
        if isinstance(uri, ArtifactManifestEntry):
            added = [references.of_entry(uri, path)]
        else:
            added = list(references.entries_of(uri, path, checksum=checksum, most=max_objects))
        for entry in added:
            contents.add_reference(entry)
        return [self._entry(entry) for entry in added]

    def add(self, obj: Any, name: str, overwrite: bool = False) -> ArtifactManifestEntry:
        """Add a Table, an Image or other media; `get(name)` gives it back.

        Raises:
            TypeError: it is none of these.
        """
        contents = self._draft("add")
        path = contents.add_object(obj, os.fspath(name), overwrite=overwrite)
        if isinstance(obj, SavedModel):
            obj.artifact = self
        return self._entry(contents.entries[path][0])

    def new_file(
        self,
        name: str,
        mode: str = "x",
        encoding: str | None = None,
        policy: str | None = "mutable",
    ) -> contextlib.AbstractContextManager[IO[Any]]:
        """A new file to write to, as a context manager.

        Args:
            name: its path in the artifact.
            mode: "x", "w", "wb", …; with an "x" a file that is there is an error.
            encoding: of texts.
            policy: see `add_file`.

        Raises:
            ArtifactFinalizedError: it is logged.
            ValueError: the path cannot be, or a file has it.
        """
        _copied(policy)
        return self._draft("new_file").new_file(os.fspath(name), mode, encoding)

    def remove(self, item: Any) -> None:
        """Take a file or a folder out of a draft.

        Raises:
            ArtifactFinalizedError: it is logged.
            FileNotFoundError: it has none of that path.
        """
        self._draft("remove").remove(getattr(item, "path", None) or os.fspath(item))

    def get_added_local_path_name(self, local_path: str) -> str | None:
        """The path in the artifact of a file that was added from this one."""
        return self._contents.sources.get(os.path.abspath(local_path))

    def new_draft(self) -> Artifact:
        """A draft with the files of this version, to add to or remove from."""
        logged = self._must_be_logged("new_draft")
        name = self.source_name.partition(":")[0]
        draft = Artifact(name, self._type, self._description, self._metadata)
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

    def take_staged(self, parts: Sequence[tuple[FileEntry, Path | None]]) -> None:
        """Add files and references that another process left for it."""
        for entry, file in parts:
            if file is None:
                self._contents.entries[entry.path] = entry, None
            else:
                self._contents.add_file(file, entry.path, mutable=False)

    # Reading it -------------------------------------------------------------------------------

    def get_entry(self, name: str | os.PathLike[str]) -> ArtifactManifestEntry:
        """A file of it.

        Raises:
            KeyError: there is none of that path.
        """
        self._must_be_logged("get_entry")
        path = os.path.normpath(os.fspath(name)).replace(os.sep, "/")
        from gitexp.wandb.artifacts.objects import path_of

        entries = self.manifest.entries
        found = path if path in entries else path_of(path, entries)
        if found is None:
            raise KeyError(f"the artifact has no file {path}")
        return entries[found]

    def get_path(self, name: str | os.PathLike[str]) -> ArtifactManifestEntry:
        """As `get_entry`."""
        return self.get_entry(name)

    def get(self, name: str) -> Any:
        """The media that was added under a name; None: there is none."""
        self._must_be_logged("get")
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
        path_prefix: str | os.PathLike[str] | None = None,
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
        logged = self._must_be_logged("download")
        paths = [p for p in logged.entries if p.startswith(str(path_prefix or ""))]
        folder = download.folder_of(self, root)
        download.write(logged, folder, paths, lenient=allow_missing_references)
        return os.fspath(folder)

    def fetch_paths(self, root: str | os.PathLike[str] | None, paths: Sequence[str]) -> list[Path]:
        """Write some files below a folder; returns where they are."""
        logged = self._must_be_logged("download")
        return download.write(logged, download.folder_of(self, root), paths)

    def checkout(self, root: str | None = None) -> str:
        """As `download`, and whatever else is in the folder is removed."""
        logged = self._must_be_logged("checkout")
        folder = download.folder_of(self, root, version=False)
        self.download(folder)
        download.remove_others(folder, logged.entries)
        return os.fspath(folder)

    def verify(self, root: str | None = None) -> None:
        """Compare a folder with the artifact.

        Raises:
            FileNotFoundError: a file is missing.
            ValueError: a file changed, or is one too many.
        """
        entries = self._must_be_logged("verify").entries
        download.verify(download.folder_of(self, root), entries, self.name)

    def file(self, root: str | None = None) -> str:
        """Download the only file of it; returns where it is.

        Raises:
            ValueError: it has several.
        """
        paths = list(self._must_be_logged("file").entries)
        if len(paths) > 1:
            raise ValueError(
                f"the artifact has {len(paths)} files: download() writes all of them, "
                "get_entry(path).download() one"
            )
        folder = os.path.join(".", "artifacts", self.name) if root is None else os.fspath(root)
        self.fetch_paths(folder, paths)
        return os.path.join(folder, paths[0])

    def files(
        self, names: list[str] | None = None, per_page: int = 50, start: str | None = None
    ) -> Listed[ArtifactFile]:
        """Its files, or those of some paths."""
        self._must_be_logged("files")
        entries = self.manifest.entries
        chosen = [name for name in names if name in entries] if names else list(entries)
        files = [ArtifactFile(entries[name]) for name in chosen]
        return Listed(files, per_page, start, f"<ArtifactFiles {self.qualified_name} ({{n}})>")

    # Its life ---------------------------------------------------------------------------------

    def save(self, project: str | None = None, settings: Any = None) -> None:
        """Log a draft, in the active run or one of its own; of a version, store what changed."""
        if self._logged is not None:
            self._logged.settle()
            aliases, tags = checks.checked_aliases(self._aliases), checks.checked_tags(self._tags)
            metadata = checks.checked_metadata(self._metadata)
            self._logged.save(aliases, tags, self._description, metadata, self.ttl_days)
            return
        from gitexp.wandb.artifacts.saving import log_by_itself

        log_by_itself(self, project)

    def wait(self, timeout: float | None = None) -> Artifact:
        """Wait until it is in git and has a version; returns itself.

        Raises:
            ArtifactNotLoggedError: it is a draft.
            WaitTimeoutError: it takes longer than `timeout` seconds.
        """
        if not self._pretended:
            self._must_be_logged("wait").settle(timeout)
        return self

    def link(self, target_path: str, aliases: Sequence[str] | None = None) -> Artifact:
        """Give it another name, e.g. of a model registry."""
        from gitexp.wandb.artifacts.saving import link

        return link(self, target_path, aliases)

    def delete(self, delete_aliases: bool = False) -> None:
        """Take the version out of its runs; git frees the space when the runs are removed.

        Of a link only the other name goes.

        Raises:
            GitexpError: it has aliases, and `delete_aliases` is False.
        """
        logged = self._must_be_logged("delete")
        if logged.found.aliases and not delete_aliases and not self.is_link:
            raise GitexpError(
                f"{self.name} has the aliases {', '.join(logged.found.aliases)}",
                "delete(delete_aliases=True) deletes it all the same",
            )
        logged.delete()

    def logged_by(self) -> Any:
        """The run that logged it, as `Api().run()` gives it."""
        logged = self._must_be_logged("logged_by")
        source = self.source_artifact.logged if self.is_link else logged
        return (source or logged).logged_by()

    def used_by(self) -> list[Any]:
        """The runs that used it, as `Api().run()` gives them."""
        return self._must_be_logged("used_by").used_by()

    def json_encode(self) -> dict[str, Any]:
        """What tells it from others, as a run's config has it."""
        self._must_be_logged("json_encode").settle()
        return {
            "_type": "artifactVersion",
            "_version": "v0",
            "id": self.id,
            "version": self.source_version,
            "sequenceName": self.source_name.partition(":")[0],
            "usedAs": self.use_as,
        }

    def __repr__(self) -> str:
        return f"<Artifact {self.name}>"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Artifact) or not (self._logged and other._logged):
            return self is other
        return (self.name, self.digest) == (other.name, other.digest)

    __hash__ = object.__hash__

    def _entry(self, entry: FileEntry) -> ArtifactManifestEntry:
        return ArtifactManifestEntry.of(self, entry, self._contents.entries[entry.path][1])


def _copied(policy: str | None) -> bool:
    """Whether a file is copied, by what wandb calls a policy."""
    if policy not in _POLICIES:
        raise ValueError(f"policy {policy!r} is none of 'mutable' and 'immutable'")
    return policy != "immutable"
