"""`gitexp record`: run a command as a tracked run."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitexp.journal import folders
from gitexp.journal.output import RawOutput
from gitexp.journal.processes import write_identity
from gitexp.record.background import last_word
from gitexp.record.child import Child, CommandNotFound
from gitexp.record.data_files import DataFiles
from gitexp.record.ending import End, end_of_child
from gitexp.record.facts import take_facts
from gitexp.record.file_checkpoints import FileCheckpoints
from gitexp.record.observer import Observer
from gitexp.record.observing import Observing
from gitexp.record.start import JOURNAL_VARIABLE, NAME_VARIABLE, Plan, begin
from gitexp.record.supervisor import Supervisor
from gitexp.schema.run import FAILED, FINISHED, Run
from gitexp.settings import Settings
from gitexp.store.repository import Repository

METRICS_VARIABLE = "GITEXP_METRICS"


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of a recorded command."""

    exit_code: int  # the command's; 128 + signal if one killed it
    name: str
    run: Run | None  # None: it could not be committed, its journal waits
    trouble: str | None
    folder: Path


def record(
    repo: Repository,
    settings: Settings,
    plan: Plan,
    command: Sequence[str],
    started: Callable[[str], None],
    *,
    globs: Sequence[str] = (),
    keep: Sequence[str] = (),
    observer: Observer | None = None,
    environment: Mapping[str, str] | None = None,
) -> Recorded:
    """Run a command as a tracked run and commit it.

    Args:
        repo: where.
        settings: of the project.
        plan: name, config, tags and so on.
        command: what to run.
        started: called with the run's name right before the command starts.
        globs: files that the command writes and that are to be kept as checkpoints.
        keep: files that the command writes and that go into the run's tree.
        observer: finds metrics in the output.
        environment: variables for the command, beside those of this process.

    Raises:
        BadName, RunExists, JournalProblem: before anything is run.
        CommandNotFound: the command cannot be started; it is recorded as a failed run.
    """
    folder, run = begin(repo, settings, plan)
    # Before the command can change a file.
    take_facts(repo, folder, settings)
    output = RawOutput(folder)
    observing = Observing(folder, observer) if observer else None

    def relay(chunk: bytes, stream: int) -> None:
        output.write(chunk, stream)
        if observing is not None:
            observing.feed(chunk, stream)

    child = Child(folder, relay)
    files = FileCheckpoints(folder, globs) if globs else None
    supervisor = Supervisor(
        repo,
        folder,
        settings,
        lambda: [child.pid],
        python=plan.python,
        files=files,
        observing=observing,
        data=DataFiles(repo, folder, settings.inputs_hash_limit_bytes, keep),
    )
    started(run.name)
    variables = {
        **os.environ,
        **(environment or {}),
        JOURNAL_VARIABLE: str(folder),
        NAME_VARIABLE: run.name,
        METRICS_VARIABLE: str(folder / folders.METRICS_IN),
    }
    try:
        child.start(command, variables)
    except CommandNotFound as error:
        supervisor.start()
        output.write(f"{error.message}\n".encode())
        output.close()
        supervisor.finish(_never_started(error))
        raise
    write_identity(folder, child.pid)
    supervisor.start()
    code, ended_s = child.wait()
    output.close()
    end = end_of_child(code, ended_s, interrupted=child.interrupted)
    committed = supervisor.finish(_as_told(folder, end))
    child.close()
    name = committed.name if committed else run.name
    return Recorded(end.exit_code or 0, name, committed, supervisor.trouble, folder)


def _as_told(folder: Path, end: End) -> End:
    """How the run ended: a script that ends well may have said finish(exit_code=1) before."""
    word = last_word(folder) if end.status == FINISHED else None
    if word is None or word.get("status") != FAILED:
        return end
    return End(FAILED, end.finished_s, word.get("exit_code"))


def _never_started(error: CommandNotFound) -> End:
    return End(FAILED, time.time(), error.exit_code)
