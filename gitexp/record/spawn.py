"""Start a supervisor in the background, for a journal that exists."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from pathlib import Path

from gitexp.journal import folders

PACKAGE_PARENT = Path(__file__).resolve().parents[2]
# Our folder goes to the end of the path: a user's module must not be shadowed by what lies there.
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from gitexp.record.background import main; sys.exit(main(sys.argv[1]))"
)

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


def _let_go() -> None:
    """Supervisors outlive us on purpose; Python would warn of them as forgotten."""
    for process in _started:
        if process.poll() is None:
            process.returncode = 0
