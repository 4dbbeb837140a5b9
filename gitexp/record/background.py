"""The supervisor of a training that it is not the parent of: a bare script, or an orphan."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from gitexp.journal import events, folders
from gitexp.journal.append import LineFile
from gitexp.journal.events import encode_event
from gitexp.journal.processes import ProcessIdentity, last_activity, read_identity
from gitexp.journal.tail import LineTail
from gitexp.journal.wake import WakeReader
from gitexp.record.ending import End, signal_name
from gitexp.record.exit_code import read_code
from gitexp.record.start import stored_settings
from gitexp.record.supervisor import Supervisor
from gitexp.schema.run import FAILED, FINISHED, KILLED
from gitexp.store.repository import Repository

_TICK_S = 0.5
_UNKNOWN = "the training ended while nobody watched it; how it ended is not known"


def main(folder_text: str) -> int:
    """Supervise a journal until its training ends, commit, return an exit code."""
    folder = Path(folder_text)
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    worktree, python, settings = stored_settings(folder)
    identity = read_identity(folder)
    supervisor = Supervisor(
        Repository.open(worktree or folder),
        folder,
        settings,
        lambda: [identity.pid] if identity else [],
        python=python,
    )
    if not supervisor.start():
        return 0
    return 0 if supervisor.finish(wait_for_end(folder, identity)) else 1


def wait_for_end(folder: Path, identity: ProcessIdentity | None) -> End:
    """Wait until the training says that it is finished, or its process is gone."""
    said = LineTail(folder / folders.EVENTS)
    reader = WakeReader(folder)
    death = _open_death(identity)
    finish: Mapping[str, Any] | None = None
    gone = False
    while True:
        for event in said.objects(final=gone):
            if event.get("type") == events.FINISH and _is_last_word(event, identity):
                finish = event
        if gone or (finish is not None and finish.get("owner")):
            break
        gone = reader.wait(_TICK_S, *death) or not _lives(identity, folder)
    code = _exit_status(identity) if finish is None else None
    reader.close()
    for descriptor in death:
        os.close(descriptor)
    return end_of_stranger(folder, finish, code)


def end_of_stranger(
    folder: Path, finish: Mapping[str, Any] | None, wait_status: int | None = None
) -> End:
    """How a training ended whose exit nobody waited for.

    Args:
        folder: its journal.
        finish: its own last word, if it said one.
        wait_status: what the kernel says of its exit, if it could be asked in time.
    """
    if finish is not None:
        return End(str(finish["status"]), float(finish["_time"]), finish.get("exit_code"))
    ended_s = last_activity(folder) or time.time()
    if (code := read_code(folder)) is not None:
        return End(FAILED if code else FINISHED, ended_s, code)
    if wait_status is not None and os.WIFSIGNALED(wait_status):
        number = os.WTERMSIG(wait_status)
        return End(KILLED, ended_s, 128 + number, signal_name(number))
    file = LineFile(folder / folders.EVENTS)
    file.append(encode_event(events.WARNING, message=_UNKNOWN))
    file.close()
    return End(KILLED, ended_s)


def last_word(folder: Path) -> Mapping[str, Any] | None:
    """The finish event of a journal whose processes are dead."""
    identity = read_identity(folder)
    word = None
    for event in LineTail(folder / folders.EVENTS).objects(final=True):
        if event.get("type") == events.FINISH and _is_last_word(event, identity):
            word = event
    return word


def _is_last_word(event: Mapping[str, Any], identity: ProcessIdentity | None) -> bool:
    """Whether it says how the run ended.

    A script inside `gitexp record` does not end the run, but if it is the command itself, it
    knows the exit code.
    """
    if event.get("owner"):
        return True
    return identity is not None and event.get("pid") == identity.pid


def _lives(identity: ProcessIdentity | None, folder: Path) -> bool:
    return identity is not None and identity.is_alive(folder)


def _open_death(identity: ProcessIdentity | None) -> list[int]:
    """A descriptor that becomes readable when the process dies, where the system has such."""
    if identity is None or not hasattr(os, "pidfd_open"):
        return []
    try:
        return [os.pidfd_open(identity.pid)]
    except OSError:
        return []


def _exit_status(identity: ProcessIdentity | None) -> int | None:
    """The wait status of a process that its parent has not asked about yet."""
    if identity is None:
        return None
    try:
        stat = Path(f"/proc/{identity.pid}/stat").read_bytes()
    except OSError:
        return None
    fields = stat.rpartition(b")")[2].split()
    if fields[0] != b"Z" or fields[19].decode() != identity.start:
        return None
    return int(fields[49])
