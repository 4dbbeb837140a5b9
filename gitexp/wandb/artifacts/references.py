"""References: what an artifact names and does not hold."""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import tempfile
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from gitexp.errors import GitexpError
from gitexp.record.guard import warn
from gitexp.schema.artifact import FileEntry
from gitexp.store.artifacts import file_digest
from gitexp.store.repository import Repository
from gitexp.wandb.artifacts.checks import checked_inside
from gitexp.wandb.artifacts.exceptions import BrokenReference

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.entry import ArtifactManifestEntry

OTHER = "wandb-artifact://"  # a file of another artifact
_MOST = 10_000_000
_TIMEOUT_S = 60


def entries_of(
    uri: str, name: str | None, *, checksum: bool = True, most: int | None = None
) -> Iterator[FileEntry]:
    """What an address stands for: itself, or the files below a local folder.

    Nothing is asked of a network: what is far away has its address for a digest.

    Raises:
        ValueError: it is no address, or a local file that is not there.
    """
    parsed = urllib.parse.urlparse(uri)
    if not parsed.scheme:
        raise ValueError("a reference is an address; that of a local file begins with file://")
    if parsed.scheme != "file":
        last = parsed.path.rstrip("/").rpartition("/")[2] or parsed.netloc
        yield FileEntry(checked_inside(name or last), uri, None, uri)
        return
    path = Path(urllib.parse.unquote(parsed.netloc + parsed.path))
    if path.is_file():
        yield _local(checked_inside(name or path.name), path, checksum)
    elif path.is_dir():
        limit = _MOST if most is None else most
        for i, (inside, file) in enumerate(files_below(path)):
            if i >= limit:
                raise ValueError(
                    f"the folder has more than {limit} files: "
                    "add_reference(max_objects=…) takes more"
                )
            yield _local(checked_inside(f"{name}/{inside}" if name else inside), file, checksum)
    else:
        raise ValueError(f"{uri} is neither a file nor a folder")


def of_entry(entry: ArtifactManifestEntry, name: str | None) -> FileEntry:
    """A reference to a file of another artifact."""
    ref = entry.ref if (entry.ref or "").startswith(OTHER) else entry.ref_url()
    last = entry.path.rpartition("/")[2]
    return FileEntry(checked_inside(name or last), entry.digest, entry.size, ref)


def files_below(top: Path) -> Iterator[tuple[str, Path]]:
    """All files below a folder and the folders that links lead to: path from there, file."""
    for folder, folders, files in os.walk(top, followlinks=True):
        folders.sort()
        hidden = [n for n in (*folders, *files) if n.lower() == ".git"]
        if hidden:
            warn(f"{Path(folder) / hidden[0]} is left out: git keeps nothing that is called .git")
        here = Path(os.path.realpath(folder))
        above = {here, *here.parents}  # a link that leads there would never end
        folders[:] = [
            n
            for n in folders
            if n not in hidden and Path(os.path.realpath(Path(folder, n))) not in above
        ]
        for file in sorted(n for n in files if n not in hidden):
            path = Path(folder, file)
            if path.is_file():
                yield path.relative_to(top).as_posix(), path


def _local(name: str, path: Path, checksum: bool) -> FileEntry:
    uri = path.absolute().as_uri()
    digest = file_digest(path) if checksum else _digest_of_text(uri)
    return FileEntry(name, digest, path.stat().st_size, uri)


def _digest_of_text(text: str) -> str:
    return base64.b64encode(hashlib.md5(text.encode(), usedforsecurity=False).digest()).decode()


def bring(entry: FileEntry, target: Path, repo: Repository) -> None:
    """Write what a reference stands for to a file.

    Args:
        entry: the reference.
        target: the file.
        repo: where other artifacts are.

    Raises:
        GitexpError: it is not there, or its kind of address needs a library that is missing.
    """
    assert entry.ref is not None
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".{target.name[:100]}.{os.urandom(4).hex()}")
    scheme = urllib.parse.urlparse(entry.ref).scheme
    try:
        if scheme == "file":
            parsed = urllib.parse.urlparse(entry.ref)
            shutil.copyfile(urllib.parse.unquote(parsed.path), temporary)
        elif entry.ref.startswith(OTHER):
            _from_another(entry.ref, temporary, repo)
        elif scheme in ("http", "https"):
            with (
                urllib.request.urlopen(entry.ref, timeout=_TIMEOUT_S) as answer,
                temporary.open("wb") as file,
            ):
                shutil.copyfileobj(answer, file)
        else:
            _by_fsspec(entry.ref, temporary)
        if entry.size is not None and entry.digest not in (entry.ref, _digest_of_text(entry.ref)):
            _check(entry, temporary)
        temporary.replace(target)
    except OSError as error:
        raise BrokenReference(f"{entry.path}: {entry.ref} cannot be had: {error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _from_another(ref: str, target: Path, repo: Repository) -> None:
    """`wandb-artifact://entity/project/name:v3/path`: the version's name is what has a colon."""
    from gitexp.wandb.artifacts.on_run import find_artifact

    before, colon, after = ref.removeprefix(OTHER).partition(":")
    version, slash, path = after.partition("/")
    if not colon or not slash:
        raise BrokenReference(f"{ref} names no file of an artifact")
    artifact = find_artifact(repo, f"{before}:{version}")
    with tempfile.TemporaryDirectory(prefix="gitexp-artifact-") as folder:
        shutil.copyfile(artifact.fetch_paths(folder, [path])[0], target)


def _check(entry: FileEntry, path: Path) -> None:
    if file_digest(path) != entry.digest:
        raise BrokenReference(
            f"{entry.path}: {entry.ref} is not what it was when it was logged",
            "the artifact holds only its address and digest",
        )


def _by_fsspec(uri: str, target: Path) -> None:
    try:
        import fsspec
    except ImportError as error:
        raise GitexpError(f"{uri} cannot be had without fsspec", "pip install fsspec") from error
    with fsspec.open(uri, "rb") as source, target.open("wb") as file:
        shutil.copyfileobj(source, file)
