"""What a run logged as artifacts, from its journal into git, each with its version's number."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from gitexp.errors import GitexpError
from gitexp.journal import events, folders
from gitexp.journal.artifact_fold import ArtifactFold, fold_artifacts
from gitexp.schema.artifact import ArtifactEntry, number_versions
from gitexp.store.objects import TREE, TreeEntry
from gitexp.store.repository import Repository

if TYPE_CHECKING:
    from gitexp.store.artifacts import Written

_LOCK = "artifacts.lock"
# run.json without white space begins the field so.
_MARK = b'"artifacts":[{'


class ArtifactStore:
    """Stores the artifacts of one journal; only the holder of its lock may have one.

    Args:
        repo: where to.
        folder: the journal.
        fold: what it says of artifacts.
        lfs: whether tensors go to git-lfs.
        say: appends an event to the journal.
    """

    def __init__(
        self,
        repo: Repository,
        folder: Path,
        fold: ArtifactFold,
        lfs: bool,
        say: Callable[..., None],
    ) -> None:
        self._repo, self._folder, self._fold = repo, folder, fold
        self._lfs, self._say = lfs, say

    def store(self) -> dict[str, str]:
        """Bring what waits into the repository.

        Returns:
            Spool folder → tree, of what was stored now.

        Raises:
            GitexpError, OSError: git or the disk refuses; it waits on.
        """
        done = {}
        for spool, event in list(self._fold.waiting.items()):
            written = self._write(spool, event)
            if written is None:
                del self._fold.waiting[spool]
                continue
            with _claiming(self._repo):
                version = self._number(event["name"], written.digest)
                self._say(
                    events.ARTIFACT_STORED,
                    folder=spool,
                    version=version,
                    digest=written.digest,
                    bytes=written.bytes,
                    files=written.files,
                    tree=written.tree,
                )
            done[spool] = written.tree
        return done

    def store_again(self) -> None:
        """Write the objects anew that no ref had reached when a gc came."""
        for spool in self._fold.stored:
            with contextlib.suppress(FileNotFoundError, ValueError):
                self._write_spool(spool, have_none=True)

    def add(self, files: dict[str, TreeEntry]) -> None:
        """Add the folders of all versions that were stored since the journal began."""
        for key, tree in self._fold.trees.items():
            files[self._fold.entries[key].folder] = TREE, tree

    def drop_spools(self) -> None:
        """What a ref reaches needs no second copy."""
        for spool in self._fold.stored:
            path = self._folder / folders.ARTIFACTS / spool
            if path.exists():
                shutil.rmtree(path, ignore_errors=True)

    def _write(self, spool: str, event: Any) -> Written | None:
        if event.get("tree"):
            from gitexp.store.artifacts import Written

            return Written(event["tree"], event["digest"], event["bytes"], event["files"])
        try:
            return self._write_spool(spool)
        except (FileNotFoundError, ValueError):
            self._say(
                events.WARNING,
                message=f"artifact {event['name']} is lost: it did not reach the disk",
            )
            return None

    def _write_spool(self, spool: str, *, have_none: bool = False) -> Written:
        # Only here: most runs have no artifacts.
        from gitexp.journal.artifact_spool import read_artifact_spool
        from gitexp.store.artifacts import write_artifact

        entries = read_artifact_spool(self._folder / folders.ARTIFACTS / spool)
        return write_artifact(self._repo, entries, have_none=have_none, lfs=self._lfs)

    def _number(self, name: str, digest: str) -> int:
        """The number that the content has under this name, else the next one."""
        known = [entry for entry in known_versions(self._repo) if entry.name == name]
        numbers = number_versions(known)
        return numbers.get(digest, max(numbers.values(), default=-1) + 1)


@contextlib.contextmanager
def _claiming(repo: Repository) -> Iterator[None]:
    """One supervisor after the other gives out numbers."""
    repo.gitexp_dir.mkdir(exist_ok=True)
    descriptor = os.open(repo.gitexp_dir / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def known_versions(repo: Repository) -> Iterator[ArtifactEntry]:
    """All versions that runs of this repository have logged, those that run now among them."""
    from gitexp.index.cache import RunIndex

    # First the journals: a run that ends meanwhile is found in git then.
    for folder in folders.live_journals(repo.common_dir):
        fold = fold_artifacts(folder)
        yield from fold.entries.values() if fold else ()
    with contextlib.suppress(GitexpError), RunIndex(repo) as index:
        index.refresh()
        for row in index.newest():
            if _MARK in row.facts:
                for told in orjson.loads(row.facts).get("artifacts") or ():
                    yield ArtifactEntry.from_json(told)
