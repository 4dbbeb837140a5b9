"""An artifact's files on disk: where they go, that they are right, and nothing beside them."""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gitexp.errors import GitexpError
from gitexp.record.guard import warn
from gitexp.schema.artifact import FileEntry
from gitexp.store.artifacts import is_same
from gitexp.wandb.artifacts import references

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.links import ArtifactLinks
    from gitexp.wandb.artifacts.logged import Logged


def folder_of(
    artifact: ArtifactLinks, root: str | os.PathLike[str] | None, *, version: bool = True
) -> Path:
    """Where an artifact is downloaded to; `./artifacts` is hidden from git if it is made here."""
    if root is not None:
        return Path(root)
    artifact.version  # noqa: B018 - its name has the version once it is known
    top = Path(os.environ.get("WANDB_ARTIFACT_DIR") or "artifacts").absolute()
    if not top.exists():
        top.mkdir(parents=True)
        (top / ".gitignore").write_text("*\n")
    name = artifact.source_name if version else artifact.source_name.partition(":")[0]
    return top / re.sub(r"[^\w.:-]", "-", name)


def write(
    logged: Logged, folder: Path, paths: Sequence[str], *, lenient: bool = False
) -> list[Path]:
    """Write files below a folder.

    Args:
        logged: whose.
        folder: it is made.
        paths: of the files, in the artifact.
        lenient: a reference that cannot be had is passed over.

    Returns:
        Where they are.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = logged.entries
    with logged.open() as stored:
        stored.download(folder, [path for path in paths if entries[path].ref is None])
    for path in paths:
        entry, target = entries[path], folder / path
        if entry.ref is None or is_same(target, entry):
            continue
        try:
            references.bring(entry, target, logged.repo)
        except GitexpError as error:
            if not lenient:
                raise
            warn(f"download(): {error.message}")
    return [folder / path for path in paths]


@contextlib.contextmanager
def temporary(logged: Logged) -> Iterator[Path]:
    """All files that are no references, for a short while."""
    with tempfile.TemporaryDirectory(prefix="gitexp-artifact-") as name:
        paths = [path for path, entry in logged.entries.items() if entry.ref is None]
        write(logged, Path(name), paths)
        yield Path(name)


def remove_others(folder: Path, entries: Mapping[str, FileEntry]) -> None:
    """Remove the files of a folder that are none of an artifact's."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            with contextlib.suppress(OSError):  # it holds something
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in entries:
            path.unlink()


def verify(folder: Path, entries: Mapping[str, FileEntry], name: str) -> None:
    """Compare a folder with an artifact.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: a file changed, or is one too many.
    """
    for inside, path in references.files_below(folder):
        if inside not in entries:
            raise ValueError(f"{path} is in the folder and not in artifact {name}")
    for inside, entry in entries.items():
        if entry.ref is None and not is_same(folder / inside, entry):
            if not (folder / inside).exists():
                raise FileNotFoundError(f"No such file: {os.fspath(folder / inside)!r}")
            raise ValueError(f"{inside} is not as it was logged")
    referred = sum(entry.ref is not None for entry in entries.values())
    if referred:
        warn(f"skipped verification of {referred} refs")
