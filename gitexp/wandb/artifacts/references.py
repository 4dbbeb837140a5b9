"""References: what an artifact names and does not hold."""

from __future__ import annotations

import os
import shutil
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from gitexp.errors import GitexpError
from gitexp.schema.artifact import FileEntry, checked_path
from gitexp.store.artifacts import file_digest

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
        raise ValueError(f"{uri!r} is no address; references begin with file://, https://, s3://")
    if parsed.scheme != "file":
        last = parsed.path.rstrip("/").rpartition("/")[2] or parsed.netloc
        yield FileEntry(checked_path(name or last), uri, None, uri)
        return
    path = Path(urllib.parse.unquote(parsed.netloc + parsed.path))
    if path.is_file():
        yield _local(checked_path(name or path.name), path, checksum)
    elif path.is_dir():
        limit = _MOST if most is None else most
        files = (file for file in sorted(path.rglob("*")) if file.is_file())
        for i, file in enumerate(files):
            if i >= limit:
                raise ValueError(f"{uri} has more than {limit} files (max_objects)")
            inside = file.relative_to(path).as_posix()
            yield _local(checked_path(f"{name}/{inside}" if name else inside), file, checksum)
    else:
        raise ValueError(f"{path} is not there")


def _local(name: str, path: Path, checksum: bool) -> FileEntry:
    uri = path.absolute().as_uri()
    digest = file_digest(path) if checksum else uri
    return FileEntry(name, digest, path.stat().st_size, uri)


def bring(entry: FileEntry, target: Path) -> None:
    """Write what a reference stands for to a file.

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
        elif scheme in ("http", "https"):
            with (
                urllib.request.urlopen(entry.ref, timeout=_TIMEOUT_S) as answer,
                temporary.open("wb") as file,
            ):
                shutil.copyfileobj(answer, file)
        else:
            _by_fsspec(entry.ref, temporary)
        if entry.size is not None and entry.digest != entry.ref:
            _check(entry, temporary)
        temporary.replace(target)
    except OSError as error:
        raise GitexpError(f"{entry.path}: {entry.ref} cannot be had: {error}") from None
    finally:
        temporary.unlink(missing_ok=True)


def _check(entry: FileEntry, path: Path) -> None:
    if file_digest(path) != entry.digest:
        raise GitexpError(
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
