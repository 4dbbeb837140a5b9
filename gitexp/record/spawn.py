"""Start a supervisor in the background, for a journal that exists, and wait for its work."""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
from pathlib import Path
from time import monotonic, sleep  # scripts may replace the module's

from gitexp.journal import folders
from gitexp.journal.processes import is_supervised
from gitexp.journal.wake import wake
from gitexp.record.guard import warn

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
# Our folder goes to the end of the path: a user's module must not be shadowed by what lies there.
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from gitexp.record.background import main; sys.exit(main(sys.argv[1]))"
)

_COMMIT_WAIT_S = 30.0
_started: list[subprocess.Popen[bytes]] = []


def spawn_background(folder: Path) -> None:
    """Start `gitexp.record.background` for a journal, in a session of its own.

    Raises:
        OSError: no process can be started.
    """
    python = sys.executable or "python3"
    environment = {k: v for k, v in os.environ.items() if k not in ("PYTHONSTARTUP",)}
    environment.pop("GITEXP_JOURNAL", None)
    with (folder / folders.SUPERVISOR_LOG).open("ab") as log:
        process = subprocess.Popen(
            [python, "-c", _CODE, str(PACKAGE_PARENT), str(folder)],
            # Neither the script's folder nor its files may be in the way of our imports.
            cwd=folder.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    if not _started:
        atexit.register(_let_go)
    _started.append(process)


def running() -> bool:
    """Whether a supervisor that this process started still runs."""
    return any(process.poll() is None for process in _started)


def wait_until_committed(folder: Path) -> None:
    """The supervisor removes the journal when the run is in git."""
    wake(folder)
    deadline = monotonic() + _COMMIT_WAIT_S
    pause = 0.002
    started = False
    while (folder / folders.RUN).exists():
        if monotonic() > deadline:
            warn("the run is still being committed in the background")
            return
        sleep(pause)
        pause = min(pause * 1.2, 0.05)
        if pause >= 0.05 and not started and not running() and not is_supervised(folder):
            # It was killed, or never came up: another one.
            started = True
            with contextlib.suppress(FileNotFoundError):  # committed just now
                spawn_background(folder)
        wake(folder)


def _let_go() -> None:
    """Supervisors outlive us on purpose; Python would warn of them as forgotten."""
    for process in _started:
        if process.poll() is None:
            process.returncode = 0
