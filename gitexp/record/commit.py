"""Journal → tree → commit → compare-and-swap of the ref: the one way a run gets into git."""

from __future__ import annotations

import contextlib
import shutil
import time
from pathlib import Path
from typing import Any

from gitexp.errors import (
    GitexpError,
    MalformedCheckpoint,
    ObjectsMissing,
    RefMoved,
    RunExists,
    RunNotFound,
)
from gitexp.journal import events, folders
from gitexp.journal.append import LineFile, absorb_spill
from gitexp.journal.events import encode_event
from gitexp.journal.fold import JournalFold
from gitexp.journal.output import FoldedOutput
from gitexp.record.artifacts import ArtifactStore
from gitexp.record.base_tree import read_base
from gitexp.record.facts import retake_snapshot
from gitexp.record.media_files import MediaFiles
from gitexp.record.run_tree import (
    PartCache,
    add_documents,
    add_parts,
    as_json,
    commit_message,
    environment_of,
    journal_view,
    subject_line,
)
from gitexp.record.start import is_pinned, stored_settings
from gitexp.schema import names
from gitexp.schema.run import Run
from gitexp.settings import LFS
from gitexp.store.advance import is_whole
from gitexp.store.code_diff import changes_since_base
from gitexp.store.objects import FILE, TREE, ObjectWriter, TreeEntry
from gitexp.store.reader import missing_objects
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
        self._lfs = stored_settings(folder)[2].checkpoints_backend == LFS
        self._media = MediaFiles(repo, folder)
        self._outputs = MediaFiles(repo, folder, names.OUTPUTS)
        self._artifacts = ArtifactStore(repo, folder, self.fold.artifacts, self._lfs, self._say)
        # What a run that goes on has of before, and its journal has not.
        self._base = read_base(repo, folder)
        # The files that differ from the base commit are the same for all commits.
        self._changes = changes_since_base(repo, self.fold.run().git)
        # Spool folder → tree oid; kept on disk as well, since a stored spool is removed.
        self._checkpoints: dict[str, str] = folders.read_json(folder / folders.STORED) or {}
        self._at = self._find_own()  # where the ref is
        self._first_name = self.name
        self._pinned = is_pinned(folder)
        self._wanted = ""
        self._parent = self._at  # the chain's newest commit, also if somebody removed the ref
        self._base_gone = False
        self._unverified = False  # checkpoints were written that no commit has been checked with

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
        self._drop_unwanted()
        self._write_checkpoints()
        self._write_artifacts(final)
        self._take_wanted_name()
        for attempt in range(_TRIES):
            run = self.run()
            build = _Build(self, run, time_s, final)
            try:
                oid = self.store.advance(
                    run.name, self._at, build, durable=final, thorough=self._unverified
                )
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
                self._unverified = False
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

    def withdraw(self) -> None:
        """Nobody wants the run: remove its ref and its journal.

        Raises:
            RefMoved: somebody else committed to it.
        """
        if self._at is not None:
            with contextlib.suppress(RunNotFound):
                self.store.delete(self.name, self._at)
        self.close()

    def build(self, writer: ObjectWriter, run: Run, time_s: float, final: bool) -> str:
        """Write everything that the commit consists of; returns its oid."""
        files: dict[str, TreeEntry] = dict(self._base)
        torn = self.fold.torn_lines > 0
        for file in (names.METRICS, names.HARDWARE, names.HISTOGRAMS):
            path = self.folder / file
            add_parts(writer, files, path, self._parts, filter_json=torn, final=final)
        output = self.folder / names.OUTPUT
        add_parts(writer, files, output, self._parts, settled=self._output.settled)
        for label, spool in self.fold.checkpoint_folders.items():
            if spool in self._checkpoints:
                files[f"{names.CHECKPOINTS}/{label}"] = (TREE, self._checkpoints[spool])
        if run.git.code_tree:
            files[names.CODE] = (TREE, run.git.code_tree)
        if environment := environment_of(self.folder, run):
            files[names.ENVIRONMENT] = (FILE, writer.blob(as_json(environment)))
        for document in (names.MODEL, names.CELLS):
            if (path := self.folder / document).exists():
                files[document] = (FILE, writer.blob(path.read_bytes()))
        self._media.add(writer, files)
        self._outputs.add(writer, files)
        self._artifacts.add(files)
        view = journal_view(self.fold, run, self.folder, self._changes)
        add_documents(writer, files, view)
        tree = writer.nested_tree(files)
        base = None if self._base_gone else run.git.base_commit
        parents = [oid for oid in [self._parent or base] if oid]
        # Not written here, so it is asked of the repository whether they are still there.
        writer.oids |= {*parents, *(oid for mode, oid in files.values() if mode == TREE)}
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

    def _take_wanted_name(self) -> None:
        """The script names the run, and no command line did: `init(name=…)` under record."""
        wanted = names.slug(self.fold.wanted_name or "")
        if not wanted or self._pinned or wanted == self._wanted:
            return
        self._wanted = wanted
        for count in range(1, _TRIES):
            name = wanted if count == 1 else f"{wanted}-{count}"
            if name == self.name:
                return
            if self.store.oid(name) or folders.journal_of(self.repo.common_dir, name).exists():
                continue
            try:
                if self._at is not None:
                    self.store.rename(self.name, name, self._at)
            except (RunExists, RefMoved):
                continue
            start = self.fold.start.but(name=name)
            folders.write_json(self.folder / folders.RUN, start.to_json())
            self.fold.start = start
            self._first_name = wanted
            return

    def _rewrite(self, missing: ObjectsMissing) -> None:
        """A gc took what no ref reached yet: the snapshot, complete parts, checkpoints."""
        found = self.store.oid(self.name)
        if found is not None and found == missing.commit:
            self._at = found  # the ref was moved before the objects were missed
        if self._parent and not is_whole(self.repo, self._parent):
            self._parent = None  # somebody removed the ref, and a gc the chain: begin a new one
        base = self.run().git.base_commit
        self._base_gone = bool(base and missing_objects(self.repo, [base]))
        self._parts.clear()
        self._media.clear()
        self._outputs.clear()
        self._write_checkpoints(again=True)
        self._artifacts.store_again()
        retake_snapshot(self.repo, self.folder, stored_settings(self.folder)[2])

    def _drop_unwanted(self) -> None:
        """Let go of the checkpoints that the settings do not keep; `gitexp gc` frees them."""
        unwanted = self.fold.unwanted()
        if unwanted:
            self.fold.drop(unwanted)
            self._say(events.DROPPED, folders=unwanted)

    def _write_checkpoints(self, *, again: bool = False) -> None:
        for label, spool in list(self.fold.checkpoint_folders.items()):
            folder = self.folder / folders.CHECKPOINTS / spool
            if not folder.exists():
                if spool not in self._checkpoints:
                    self._find_stored(label, spool)
            elif again or spool not in self._checkpoints:
                # Only here: most commits have none, and a command's end is waited for.
                from gitexp.journal.spool import check_spool
                from gitexp.store.checkpoints import write_checkpoint

                try:
                    check_spool(folder)
                    tree = write_checkpoint(self.repo, folder, have_none=again, lfs=self._lfs)
                except (MalformedCheckpoint, FileNotFoundError):
                    self._lose(label)
                    continue
                self._checkpoints[spool] = tree
                self._unverified = True
                with contextlib.suppress(OSError):
                    # `gitexp gc` lets be what it finds there.
                    folders.write_json(self.folder / folders.STORED, self._checkpoints)

    def _write_artifacts(self, final: bool) -> None:
        stored = self._artifacts.store()
        if stored:
            self._unverified = True
            self._checkpoints |= {f"{folders.ARTIFACTS}/{k}": tree for k, tree in stored.items()}
            with contextlib.suppress(OSError):
                folders.write_json(self.folder / folders.STORED, self._checkpoints)
            self.fold.update(final=final)

    def _find_stored(self, label: str, spool: str) -> None:
        """Look for a checkpoint in the run's newest commit; it may have been lost altogether."""
        if self._parent:
            with contextlib.suppress(GitexpError):
                stored = self.store.read_run(self._parent, self.name)
                path = f"{self._parent}:{names.CHECKPOINTS}/{label}"
                tree = self.repo.git("rev-parse", "-q", "--verify", path)
                saved_at = self.fold.checkpoints[label].created_at
                if (label, saved_at) in {(c.label, c.created_at) for c in stored.checkpoints}:
                    self._checkpoints[spool] = tree.decode().strip()
                    return
        self._lose(label)

    def _lose(self, label: str) -> None:
        """A checkpoint that never reached the disk is no checkpoint."""
        self.fold.forget(label)
        message = f"checkpoint {label} is lost: it did not reach the disk"
        self.fold.warnings[message] = None
        self._say(events.WARNING, message=message)

    def _say(self, kind: str, **fields: Any) -> None:
        # A journal that takes no more lines (a full disk) is committed all the same.
        with contextlib.suppress(OSError):
            file = LineFile(self.folder / folders.EVENTS)
            file.append(encode_event(kind, **fields))
            file.close()

    def _drop_spools(self) -> None:
        """What a ref reaches needs no second copy, nor does what was dropped or saved again."""
        self._artifacts.drop_spools()
        top = self.folder / folders.CHECKPOINTS
        done = {*self._checkpoints, *self.fold.dropped_folders}
        try:
            spools = [entry.name for entry in top.iterdir() if entry.name in done]
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
