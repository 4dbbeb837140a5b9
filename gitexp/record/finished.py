"""Runs that are over before they are recorded: written to journals, committed by one process."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from gitexp.journal import events, folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import encode_event
from gitexp.journal.processes import SupervisorLock
from gitexp.record.background import end_of_stranger, last_word
from gitexp.record.facts import take_facts
from gitexp.record.guard import report
from gitexp.record.spawn import PACKAGE_PARENT
from gitexp.record.start import Plan, begin, stored_settings
from gitexp.record.supervisor import commit_for_good, write_end
from gitexp.record.values import plain_metric
from gitexp.schema.run import FAILED, FINISHED
from gitexp.settings import Settings
from gitexp.store.repository import Repository

_COPIED = (folders.SNAPSHOT, folders.ENVIRONMENT)
# Our folder goes to the end of the path: a user's module must not be shadowed by what lies there.
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from gitexp.record.finished import commit; commit(sys.argv[1:])"
)
_MOST_ARGUMENTS = 500


def write_finished(
    repo: Repository,
    settings: Settings,
    plan: Plan,
    rows: Sequence[Mapping[str, Any]],
    *,
    like: Path | None = None,
    goals: Mapping[str, str] | None = None,
    failed: bool = False,
) -> tuple[Path, str]:
    """Write the journal of a run that has ended; `commit_finished` gets it into git.

    Args:
        repo: the repository that is to hold it.
        settings: of the project.
        plan: what is asked of the run.
        rows: of metrics.jsonl, each with its `_step` and `_time`.
        like: another run's journal, with the same code and environment.
        goals: metric or glob → "lower" or "higher" is better.
        failed: it has not ended well.

    Returns:
        The journal and the run's name.

    Raises:
        GitexpError, OSError: it cannot be written.
    """
    folder, run = begin(repo, settings, plan)
    for name in _COPIED:
        if like is not None and (like / name).exists():
            shutil.copyfile(like / name, folder / name)
    # A later run is like this one, so it is taken once.
    take_facts(repo, folder, settings)
    said = LineFile(folder / folders.EVENTS)
    for pattern, goal in (goals or {}).items():
        said.append(encode_event(events.METRIC, pattern=pattern, goal=goal))
    logged = LineFile(folder / folders.METRICS)
    logged.append(
        b"".join(
            orjson.dumps(
                {key: plain_metric(value) for key, value in row.items()},
                option=orjson.OPT_APPEND_NEWLINE,
            )
            for row in rows
        )
    )
    status, code = (FAILED, 1) if failed else (FINISHED, 0)
    said.append(
        encode_event(events.FINISH, status=status, exit_code=code, owner=True, pid=os.getpid())
    )
    logged.close()
    said.close()
    return folder, run.name


def commit_finished(journals: Sequence[Path]) -> None:
    """Have a process in the background commit journals of runs that are over.

    If it dies, the next `gitexp` command commits what is left.

    Raises:
        OSError: no process can be started.
    """
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONSTARTUP"}
    environment.pop("GITEXP_JOURNAL", None)
    for at in range(0, len(journals), _MOST_ARGUMENTS):
        part = journals[at : at + _MOST_ARGUMENTS]
        with (part[0] / folders.SUPERVISOR_LOG).open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", _CODE, str(PACKAGE_PARENT), *map(os.fspath, part)],
                cwd=part[0].parent,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        # It outlives us on purpose; Python would warn of it as forgotten.
        process.returncode = 0


def commit(journals: Sequence[str]) -> None:
    """Commit each journal that nobody else has in hand; one that fails keeps no other."""
    for folder in map(Path, journals):
        lock = SupervisorLock(folder)
        try:
            if lock.take() and (folder / folders.RUN).exists():
                write_end(folder, end_of_stranger(folder, last_word(folder)))
                commit_for_good(Repository.open(stored_settings(folder)[0] or folder), folder)
        except Exception as error:  # noqa: BLE001 - it stays in its journal, for `gitexp recover`
            report(error, f"committing {folder.name}")
        finally:
            lock.free()
