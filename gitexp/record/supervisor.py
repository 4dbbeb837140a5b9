"""Beside a training: samples the hardware, keeps the journal on disk, commits the run."""

from __future__ import annotations

import os
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

import orjson

from gitexp.errors import GitexpError, JournalProblem
from gitexp.journal import folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import WARNING, encode_event
from gitexp.journal.processes import SupervisorLock
from gitexp.journal.wake import WakeReader, wake
from gitexp.record.commit import Committer
from gitexp.record.data_files import DataFiles
from gitexp.record.ending import End
from gitexp.record.facts import take_facts
from gitexp.record.file_checkpoints import FileCheckpoints
from gitexp.record.naming import fill_pool
from gitexp.record.observing import Observing
from gitexp.schema.run import Run
from gitexp.settings import Settings
from gitexp.store.repository import Repository

_TICK_S = 1.0
# A run of a day is committed every quarter of an hour: its history stays small.
_SHARE_OF_ELAPSED = 0.01
_RETRY_S = 5.0


class Supervisor:
    """The work beside one training, in two threads.

    One samples the hardware; the other one folds the journal, syncs it to disk each second, and
    commits: at the start, for each checkpoint, after `commit_interval` if something changed.
    The lock of the journal is held from `start` to `finish`.
    """

    def __init__(
        self,
        repo: Repository,
        folder: Path,
        settings: Settings,
        roots: Callable[[], Sequence[int]],
        *,
        python: str | None = None,
        files: FileCheckpoints | None = None,
        observing: Observing | None = None,
        data: DataFiles | None = None,
    ) -> None:
        """Nothing happens before `start`.

        Args:
            repo: where the run is committed.
            folder: its journal.
            settings: of the project.
            roots: pids of the processes whose trees are the training.
            python: the interpreter that the training runs with, for its packages.
            files: files of the training's own that are to be kept as checkpoints.
            observing: finds metrics in the training's output.
            data: the files that the training reads and writes.
        """
        self.repo = repo
        self.folder = folder
        self.settings = settings
        self._roots = roots
        self._python = python
        self._files = files
        self._observing = observing
        self._data = data
        self._lock = SupervisorLock(folder)
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []
        self._committer: Committer | None = None
        self._trouble: str | None = None

    def start(self) -> bool:
        """Take the journal over and start working; False if another supervisor has it."""
        if not self._lock.take():
            return False
        for work in (self._sample, self._keep_up):
            thread = threading.Thread(target=self._guarded, args=(work,), daemon=True)
            thread.start()
            self._threads.append(thread)
        return True

    def finish(self, end: End) -> Run | None:
        """Commit the run for good and remove its journal.

        Returns:
            The run; None if it could not be committed: it stays in its journal, for `recover`.
        """
        self._stop.set()
        wake(self.folder)
        for thread in self._threads:
            thread.join()
        try:
            if self._observing is not None:
                self._observing.update(final=True)
            if self._files is not None and self._committer is not None:
                self._files.update(self._committer.fold.last_step, final=True)
            if self._data is not None:
                self._data.finish()
            write_end(self.folder, end)
            run = self._leave_to_other() or commit_for_good(
                self.repo, self.folder, self._committer
            )
        except Exception as error:  # noqa: BLE001 - the command's exit code is not ours to change
            self._note(error)
            return None
        finally:
            self._lock.free()
        return run

    def _leave_to_other(self) -> Run | None:
        """Let go of a recorded run that has nothing: its script went on with another one."""
        from gitexp.record.elsewhere import other_run

        if self._committer is None or self.settings.push:
            return None
        self._committer.fold.update(final=True)
        other = other_run(self.repo, self._committer.fold)
        if other is not None:
            self._committer.withdraw()
        return other

    @property
    def trouble(self) -> str | None:
        """What went wrong last, if anything did."""
        return self._trouble

    # Sampling ---------------------------------------------------------------------------------

    def _sample(self) -> None:
        from gitexp.hardware.sampler import Sampler

        sampler = Sampler(self._roots, path=self.repo.top)
        try:
            file = LineFile(self.folder / folders.HARDWARE)
            due = time.monotonic()
            while not self._stop.is_set():
                file.append(orjson.dumps(sampler.sample(), option=orjson.OPT_APPEND_NEWLINE))
                # Not faster than asked after a pause (a suspended laptop, a busy machine).
                due = max(due + self.settings.interval_s, time.monotonic())
                self._stop.wait(due - time.monotonic())
            file.append(orjson.dumps(sampler.sample(), option=orjson.OPT_APPEND_NEWLINE))
            file.close()
            self._warn(sampler.warnings)
        finally:
            sampler.close()

    def _warn(self, warnings: Sequence[str]) -> None:
        file = LineFile(self.folder / folders.EVENTS)
        for warning in dict.fromkeys(warnings):
            file.append(encode_event(WARNING, message=warning))
        file.close()

    # Committing -------------------------------------------------------------------------------

    def _keep_up(self) -> None:
        take_facts(self.repo, self.folder, self.settings)
        self._declared_data()
        committer = self._committer = Committer(self.repo, self.folder)
        self._environment()
        self._try_commit()
        self._push_along(committer.fold.start.id)
        fill_pool(self.repo.common_dir)
        reader = WakeReader(self.folder)
        began = committed = time.monotonic()
        # What came while that commit was being made waits for the next one.
        known = committer.fold.spools - committer.fold.artifacts.waiting.keys()
        changed = False
        while not self._stop.is_set():
            reader.wait(_TICK_S)
            self._sync()
            if self._observing is not None:
                self._observing.update()
            if self._files is not None:
                self._files.update(committer.fold.last_step)
            if self._data is not None:
                self._data.update()
            changed = committer.fold.update() or changed
            now = time.monotonic()
            pace = max(self.settings.commit_interval_s, _SHARE_OF_ELAPSED * (now - began))
            saved = committer.fold.spools
            if saved - known or (changed and now - committed >= pace):
                committed = now
                if self._try_commit():
                    known, changed = saved, False
                else:
                    committed = now - pace + _RETRY_S
        reader.close()

    def _environment(self) -> None:
        from gitexp.hardware.environment import capture_environment

        try:
            environment = capture_environment(self._python)
            folders.write_json(self.folder / folders.ENVIRONMENT, environment)
        except Exception as error:  # noqa: BLE001 - a run without it is better than none
            self._note(error)

    def _declared_data(self) -> None:
        if not self.settings.data:
            return
        from gitexp.record.data import take_data

        try:
            take_data(self.repo, self.folder, self.settings)
        except OSError as error:
            self._note(error)

    def _push_along(self, run_id: str) -> None:
        """Have another process push the run as it goes on, if that is wanted."""
        if not self.settings.push:
            return
        from gitexp.record.outbox import push_in_background

        try:
            push_in_background(self.repo, run_id, self.settings.push)
        except OSError as error:
            self._note(error)

    def _try_commit(self) -> bool:
        assert self._committer is not None
        try:
            self._committer.commit()
        except (GitexpError, OSError) as error:
            self._note(error)
            return False
        self._trouble = None
        return True

    def _sync(self) -> None:
        """What a power loss may cost is the last second."""
        for name in (folders.METRICS, folders.EVENTS, folders.OUTPUT_RAW):
            try:
                descriptor = os.open(self.folder / name, os.O_RDONLY)
            except OSError:
                continue
            try:
                os.fdatasync(descriptor)
            except OSError as error:
                self._note(error)
            finally:
                os.close(descriptor)

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - the training goes on, the end commits
            self._note(error)

    def _note(self, error: BaseException) -> None:
        self._trouble = str(error) or type(error).__name__
        try:
            with (self.folder / folders.SUPERVISOR_LOG).open("a") as log:
                log.write("".join(traceback.format_exception(error)))
        except OSError:
            return


def write_end(folder: Path, end: End) -> None:
    """State how the training ended, unless a supervisor that died since has done so.

    Raises:
        JournalProblem: the journal has no run.json.
        OSError: no disk takes it.
    """
    start = folders.read_json(folder / folders.RUN)
    if start is None:
        raise JournalProblem(f"{folder} is not a journal")
    if folders.read_end(folder) is None:
        parts = (start.get("lineage") or {}).get("resumptions")
        if parts:
            told = end.to_json(parts[-1]["at"], parts[-1]["duration_s"])
        else:
            told = end.to_json(start["created_at"])
        folders.write_end(folder, told)


def commit_for_good(repo: Repository, folder: Path, committer: Committer | None = None) -> Run:
    """The last commit of a run whose end.json is written; the journal is removed.

    Raises:
        GitexpError, OSError: git or the disk refuses; the journal stays.
    """
    committer = committer or Committer(repo, folder)
    committer.commit(final=True)
    run = committer.run()
    committer.close()
    return run
