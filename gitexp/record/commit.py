"""Journal → tree → commit → compare-and-swap of the ref: the one way a run gets into git."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from gitexp.errors import GitexpError, ObjectsMissing, RefMoved, RunExists
from gitexp.journal import folders
from gitexp.journal.append import absorb_spill
from gitexp.journal.fold import JournalFold
from gitexp.journal.output import FoldedOutput
from gitexp.record.facts import retake_snapshot
from gitexp.record.run_tree import (
    PartCache,
    add_documents,
    add_parts,
    commit_message,
    journal_view,
    subject_line,
)
from gitexp.record.start import stored_settings
from gitexp.schema import names
from gitexp.schema.run import Run
from gitexp.store.checkpoints import write_checkpoint
from gitexp.store.code_diff import changes_since_base
from gitexp.store.objects import FILE, TREE, ObjectWriter, TreeEntry
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore

_TRIES = 20
_MISSING_TRIES = 5


class Committer:
    """Commits one journal, again and again while it grows; only the lock's holder may have one.

    Start, checkpoint, progress, end and recovery all come here. What was written once (complete
    parts of growing files, checkpoints) is remembered by its oid.
    """

    def __init__(self, repo: Repository, folder: Path) -> None:
        self.repo = repo
        self.folder = folder
        self.store = RunStore(repo)
        self.fold = JournalFold(folder)
        self._output = FoldedOutput(folder)
        self._identity = repo.identity()
        self._parts = PartCache()
        # The files that differ from the base commit are the same for all commits.
        self._changes = changes_since_base(repo, self.fold.run().git)
        # Spool folder → tree oid; kept on disk as well, since a stored spool is removed.
        self._checkpoints: dict[str, str] = folders.read_json(folder / folders.STORED) or {}
        self._at = self._find_own()  # where the ref is
        self._first_name = self.name
        self._parent = self._at  # the chain's newest commit, also if somebody removed the ref

    @property
    def name(self) -> str:
        """The run's name; a race for it may have changed it since the journal was made."""
        return self.fold.start.name

    def commit(self, *, final: bool = False) -> str:
        """Commit the journal as it stands.

        Args:
            final: nobody writes to the journal any more.

        Returns:
            The commit's oid.

        Raises:
            GitexpError, OSError: git or the disk refuses; the journal is as before, so that it
                can be tried again.
        """
        if final:
            for file in (folders.METRICS, folders.EVENTS, names.HISTOGRAMS):
                absorb_spill(self.folder, file)
        self.fold.update(final=final)
        self._output.update()
        time_s = time.time()
        self._write_checkpoints()
        for attempt in range(_TRIES):
            run = self.run()
            build = _Build(self, run, time_s, final)
            try:
                oid = self.store.advance(run.name, self._at, build, durable=final)
            except RunExists:
                self._take_another_name(attempt)
            except RefMoved as error:
                self._follow(error)
            except ObjectsMissing as error:
                if attempt >= _MISSING_TRIES:
                    raise
                self._rewrite(error)
            else:
                self._at = self._parent = oid
                break
        else:
            raise GitexpError(f"{self.name} could not be committed: its ref moves all the time")
        folders.write_bytes(self.folder / folders.COMMITTED, oid.encode() + b"\n")
        self._drop_spools()
        return oid

    def run(self) -> Run:
        """The run as it stands, with what only git knows."""
        run = self.fold.run()
        author = f"{self._identity.name} <{self._identity.email}>"
        return run.but(author=run.author or author)

    def close(self) -> None:
        """The run is in git for good: remove its journal."""
        folders.remove_journal(self.folder)

    def build(self, writer: ObjectWriter, run: Run, time_s: float, final: bool) -> str:
        """Write everything that the commit consists of; returns its oid."""
        files: dict[str, TreeEntry] = {}
        torn = self.fold.torn_lines > 0
        for file in (names.METRICS, names.HARDWARE, names.HISTOGRAMS):
            add_parts(writer, files, self.folder / file, self._parts, filter_json=torn)
        output = self.folder / names.OUTPUT
        add_parts(writer, files, output, self._parts, settled=self._output.settled)
        for label, spool in self.fold.checkpoint_folders.items():
            if spool in self._checkpoints:
                files[f"{names.CHECKPOINTS}/{label}"] = (TREE, self._checkpoints[spool])
        if run.git.code_tree:
            files[names.CODE] = (TREE, run.git.code_tree)
        environment = self.folder / folders.ENVIRONMENT
        if environment.exists():
            files[names.ENVIRONMENT] = (FILE, writer.blob(environment.read_bytes()))
        if (model := self.folder / names.MODEL).exists():
            files[names.MODEL] = (FILE, writer.blob(model.read_bytes()))
        view = journal_view(self.fold, run, self.folder, self._changes)
        add_documents(writer, files, view)
        tree = writer.nested_tree(files)
        parents = [self._parent] if self._parent else _known(run.git.base_commit)
        message = commit_message(run, subject_line(run, started=not (self._parent or final)))
        return writer.commit(tree, parents, message, self._identity, time_s)

    def _find_own(self) -> str | None:
        """The newest commit of this run, if it has been committed before."""
        oid = self.store.oid(self.name)
        return oid if oid is not None and self._is_own(oid) else None

    def _is_own(self, oid: str) -> bool:
        try:
            return self.store.read_run(oid, self.name).id == self.fold.start.id
        except GitexpError:
            return False

    def _follow(self, moved: RefMoved) -> None:
        """The ref is not where we left it: go on from there if it still is this run's."""
        if moved.found is None:
            self._at = None  # somebody removed it while it runs: it comes back
        elif self._is_own(moved.found):
            self._at = self._parent = moved.found
        elif self._at is None:
            self._take_another_name(0)
        else:
            raise moved

    def _take_another_name(self, attempt: int) -> None:
        """Another machine's or an older run has the name: ours gets a number."""
        start = self.fold.start.but(name=f"{self._first_name}-{attempt + 2}")
        folders.write_json(self.folder / folders.RUN, start.to_json())
        self.fold.start = start
        self._at = None

    def _rewrite(self, missing: ObjectsMissing) -> None:
        """A gc took what no ref reached yet: the snapshot, complete parts, checkpoints."""
        found = self.store.oid(self.name)
        if found is not None and found == missing.commit:
            self._at = found  # the ref was moved before the objects were missed
        self._parts.clear()
        self._write_checkpoints(again=True)
        retake_snapshot(self.repo, self.folder, stored_settings(self.folder)[2])

    def _write_checkpoints(self, *, again: bool = False) -> None:
        for spool in self.fold.checkpoint_folders.values():
            folder = self.folder / folders.CHECKPOINTS / spool
            if folder.exists() and (again or spool not in self._checkpoints):
                self._checkpoints[spool] = write_checkpoint(self.repo, folder, have_none=again)

    def _drop_spools(self) -> None:
        """What a ref reaches needs no second copy, nor does what was saved again since."""
        top = self.folder / folders.CHECKPOINTS
        try:
            spools = [entry.name for entry in top.iterdir() if entry.name in self._checkpoints]
        except OSError:
            return
        if spools:
            folders.write_json(self.folder / folders.STORED, self._checkpoints)
        for spool in spools:
            shutil.rmtree(top / spool, ignore_errors=True)


class _Build:
    """What `advance` calls, once or more, to write a commit's objects."""

    def __init__(self, committer: Committer, run: Run, time_s: float, final: bool) -> None:
        self._committer, self._run = committer, run
        self._time_s, self._final = time_s, final

    def __call__(self, writer: ObjectWriter) -> str:
        return self._committer.build(writer, self._run, self._time_s, self._final)


def _known(oid: str | None) -> list[str]:
    return [oid] if oid else []
