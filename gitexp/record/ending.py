"""How a training ended, in the words of run.json."""

from __future__ import annotations

import contextlib
import signal
from dataclasses import asdict, dataclass
from typing import Any

from gitexp.schema import clock
from gitexp.schema.redact import redact_text
from gitexp.schema.run import FAILED, FINISHED, INTERRUPTED, KILLED, ErrorInfo

_TRACEBACK_LINES = 60
_MESSAGE_CHARACTERS = 4000


@dataclass(frozen=True, slots=True)
class End:
    """The final facts of a run."""

    status: str
    finished_s: float  # since the epoch
    exit_code: int | None = None
    signal: str | None = None

    def to_json(self, began_at: str, before_s: float = 0.0) -> dict[str, Any]:
        """As end.json holds it.

        Args:
            began_at: when the run began, or went on for the last time.
            before_s: what it had taken until then.
        """
        took_s = max(0.0, self.finished_s - clock.from_iso(began_at)) + before_s
        return {
            "status": self.status,
            "exit_code": self.exit_code,
            "signal": self.signal,
            "finished_at": clock.to_iso(self.finished_s),
            "duration_s": round(took_s, 3),
        }


def end_of_child(returncode: int, finished_s: float, *, interrupted: bool) -> End:
    """How a child process ended.

    Args:
        returncode: as subprocess gives it: negative for a signal.
        finished_s: when, in seconds since the epoch.
        interrupted: whether Ctrl-C was pressed while it ran.
    """
    if returncode == 0:
        return End(FINISHED, finished_s, 0)
    if returncode > 0:
        stopped = interrupted or returncode == 128 + signal.SIGINT
        return End(INTERRUPTED if stopped else FAILED, finished_s, returncode)
    name = signal_name(-returncode)
    status = INTERRUPTED if name == "SIGINT" else KILLED
    return End(status, finished_s, 128 - returncode, name)


def signal_name(number: int) -> str:
    """`SIGKILL` for 9."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def status_of_error(error: BaseException | None) -> tuple[str, int]:
    """Status and exit code of a training that an exception left."""
    if error is None:
        return FINISHED, 0
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED, 130
    if isinstance(error, SystemExit):
        code = exit_code_of(error.code)
        return (FAILED if code else FINISHED), code
    return FAILED, 1


def exit_code_of(code: object) -> int:
    """The process's exit code for what sys.exit() was given."""
    if code is None:
        return 0
    return code & 0xFF if isinstance(code, int) else 1


def describe_error(error: BaseException) -> dict[str, Any]:
    """Type, message and the tail of the traceback, credentials replaced."""
    lines: list[str] = []
    message = ""
    # A script's own class may do anything when asked for its text; and where no file can be
    # opened any more, nothing can be imported.
    with contextlib.suppress(Exception):
        message = str(error)
    with contextlib.suppress(Exception):
        import traceback

        lines = "".join(traceback.format_exception(error)).splitlines()
    return asdict(
        ErrorInfo(
            type=type(error).__qualname__,
            message=redact_text(message)[:_MESSAGE_CHARACTERS],
            traceback=redact_text("\n".join(lines[-_TRACEBACK_LINES:])),
        )
    )


def still_interrupted() -> None:
    """Have Python die of SIGINT after an unhandled Ctrl-C, as shells expect it to.

    It forgets that as soon as anything executes source text, such as a dataclass that is
    imported by a function at exit; executing something that is interrupted reminds it.
    """
    with contextlib.suppress(KeyboardInterrupt):
        exec("raise KeyboardInterrupt")
