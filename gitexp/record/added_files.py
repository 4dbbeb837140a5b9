"""Files that are added to a run that has ended, or taken out of it: commits on its chain."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

from gitexp.errors import GitexpError, RefMoved, RunNotFound
from gitexp.journal import folders
from gitexp.record.run_tree import add_documents, commit_message, stored_view
from gitexp.schema import names
from gitexp.store.objects import FILE, ObjectWriter, TreeEntry
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.store.shards import SHARD_LIMIT_BYTES

SAVED = f"{names.MEDIA}/files"
_TRIES = 10


def keep_file(repo: Repository, run: str, name: str, source: Path) -> None:
    """Add a file to a run, or put it in another one's place; a running one takes it at once.

    Args:
        repo: where.
        run: the run's name.
        name: the file's, below media/files/.
        source: what is in it.

    Raises:
        RunNotFound: there is no such run.
        GitexpError: it is larger than a file of a run may be.
        OSError: it cannot be read.
    """
    if source.stat().st_size > SHARD_LIMIT_BYTES:
        raise GitexpError(f"{source} is too large for a run's file", "log_artifact() takes it")
    journal = folders.find_journal(repo.common_dir, run)
    if journal is not None:
        target = journal / SAVED / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)
        return
    _commit(repo, run, f"{SAVED}/{name}", source.read_bytes())


def drop_file(repo: Repository, run: str, name: str) -> None:
    """Take a file out of a run that has ended; its older commits have it still.

    Args:
        repo: where.
        run: the run's name.
        name: the file's, below media/files/.

    Raises:
        RunNotFound: there is no such run.
        GitexpError: the run is running, or has no such file.
    """
    if folders.find_journal(repo.common_dir, run) is not None:
        raise GitexpError(f"{run} is still running", "delete the file when it has ended")
    _commit(repo, run, f"{SAVED}/{name}", None)


def _commit(repo: Repository, run: str, path: str, content: bytes | None) -> None:
    store = RunStore(repo)
    for _ in range(_TRIES):
        oid = store.oid(run)
        if oid is None:
            raise RunNotFound(run)
        entries = _entries(store, oid)
        if content is None and path not in entries:
            raise GitexpError(f"run {run!r} keeps no file {path!r}")
        try:
            store.advance(run, oid, _Change(store, oid, run, path, content), durable=True)
        except RefMoved:
            continue
        return
    raise GitexpError(f"{run} could not be changed: its ref moves all the time")


def _entries(store: RunStore, oid: str) -> dict[str, TreeEntry]:
    """What lies at the top of the run's tree, and each file of media/."""
    entries = store.top_entries(oid)
    entries.pop(names.MEDIA, None)
    listed = store.repo.git("ls-tree", "-r", "-z", oid, "--", names.MEDIA)
    for line in os.fsdecode(listed).split("\0")[:-1]:
        facts, path = line.split("\t", 1)
        mode, _, blob = facts.split()
        entries[path] = int(mode, 8), blob
    return entries


class _Change:
    """Builds the commit."""

    def __init__(
        self, store: RunStore, oid: str, name: str, path: str, content: bytes | None
    ) -> None:
        self._store, self._oid, self._name = store, oid, name
        self._path, self._content = path, content

    def __call__(self, writer: ObjectWriter) -> str:
        store, run = self._store, self._store.read_run(self._oid, self._name)
        entries = _entries(store, self._oid)
        for name in (names.PLOTS, names.README):
            entries.pop(name, None)
        if self._content is None:
            del entries[self._path]
        else:
            entries[self._path] = FILE, writer.blob(self._content)
        add_documents(writer, entries, stored_view(store, self._oid, run))
        what = "removed" if self._content is None else "added"
        message = commit_message(run, f"{run.name}: {self._path} {what}")
        tree = writer.nested_tree(entries)
        return writer.commit(tree, [self._oid], message, store.repo.identity(), time.time())
