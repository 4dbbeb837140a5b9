"""The end of a process that has runs: its exit code or exception, and the runs ended with it."""

from __future__ import annotations

import atexit
import builtins
import os
import sys
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any

from gitexp.journal import events
from gitexp.record.active import ActiveRun
from gitexp.record.ending import (
    describe_error,
    exit_code_of,
    status_of_error,
    still_interrupted,
)
from gitexp.record.exit_code import outermost_frame, was_left, write_at_exit
from gitexp.record.guard import guarded
from gitexp.schema.run import FAILED, FINISHED

_watching = False
_exit_code: int | None = None
_outermost: FrameType | None = None
_unfinished: Callable[[], Iterable[ActiveRun]] = tuple


def watch_exit(unfinished: Callable[[], Iterable[ActiveRun]]) -> None:
    """End the runs that are still unfinished when the process ends, however it does.

    Args:
        unfinished: asked then.
    """
    global _watching, _outermost, _unfinished
    _unfinished = unfinished
    if _watching:
        return
    _watching = True
    _outermost = outermost_frame()
    atexit.register(_at_exit)
    leave, vanish = sys.exit, os._exit

    def exit(code: object = None, /) -> None:
        _note_code(code)
        leave(code)  # type: ignore[arg-type]

    def _exit(status: int) -> None:
        _at_vanishing(status)
        vanish(status)

    sys.exit = exit  # type: ignore[assignment]
    os._exit = _exit  # type: ignore[assignment]
    # The prompt's exit() and quit(), which scripts use as well.
    kind = type(getattr(builtins, "exit", None))
    if kind.__name__ == "Quitter":
        call = kind.__call__

        def quit(self: Any, code: object = None) -> None:
            _note_code(code)
            call(self, code)

        kind.__call__ = quit  # type: ignore[method-assign]


def _note_code(code: object) -> None:
    """Atexit is not told the code, and nothing else can be asked for it."""
    global _exit_code
    _exit_code = exit_code_of(code)


@guarded("ending the run")
def _at_vanishing(status: int) -> None:
    """os._exit() runs nothing after it, and is not held up."""
    for run in _unfinished():
        run.end(FAILED if status else FINISHED, int(status), wait=False)


@guarded("ending the run")
def _at_exit() -> None:
    runs = list(_unfinished())
    if not runs:
        return
    # Set for an uncaught exception whatever excepthook the script has; a prompt sets it too,
    # for errors that ended nothing.
    error = None if hasattr(sys, "ps1") else getattr(sys, "last_value", None)
    left = was_left(_outermost)
    unknown = error is None and left and _exit_code is None
    if error is None and _exit_code and left is not False:
        error = SystemExit(_exit_code)
    told = None if error is None or isinstance(error, SystemExit) else describe_error(error)
    for run in runs:
        if run.guest:
            run.end("", None, wait=False)  # how it ends is another process's to say
            continue
        if unknown and write_at_exit(run.folder):
            run.end("", None, wait=False)  # the supervisor is told once Python is gone
            continue
        if told is not None:
            run.say(events.ERROR, error=told)
        run.end(*status_of_error(error))
    if isinstance(error, KeyboardInterrupt):
        still_interrupted()
