"""Runs that are to be pushed while they run: noted on disk, for a process that does it.

`outbox/<run id>` in gitexp's folder holds the remote's name or address. A note goes when the run
has ended and its last commit has arrived; until then every pusher tries again, whichever run it
was started for.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from gitexp.record.spawn import PACKAGE_PARENT
from gitexp.store.repository import Repository

LOG = "push.log"
_CODE = (
    "import sys; sys.path.append(sys.argv.pop(1)); "
    "from gitexp.record.pusher import main; sys.exit(main(sys.argv[1]))"
)
_started: list[subprocess.Popen[bytes]] = []


def outbox(repo: Repository) -> Path:
    """The folder of the notes; it may not exist."""
    return repo.gitexp_dir / "outbox"


def read_outbox(repo: Repository) -> dict[str, str]:
    """Run id → remote."""
    try:
        notes = [path for path in outbox(repo).iterdir() if not path.name.startswith(".")]
    except OSError:
        return {}
    found = {}
    for path in notes:
        try:
            found[path.name] = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError):  # another pusher was done with it just now
            continue
    return found


def drop(repo: Repository, run_id: str) -> None:
    """The run has arrived, or is gone."""
    (outbox(repo) / run_id).unlink(missing_ok=True)


def push_in_background(repo: Repository, run_id: str, remote: str) -> None:
    """Note that a run is to be pushed, and start a process that does it.

    Raises:
        OSError: the note cannot be written, or no process can be started.
    """
    folder = outbox(repo)
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / f".{run_id}.{os.getpid()}"
    temporary.write_text(remote, "utf-8")
    temporary.replace(folder / run_id)
    python = sys.executable or shutil.which("python3") or "python3"
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONSTARTUP"}
    with (repo.gitexp_dir / LOG).open("ab") as log:
        process = subprocess.Popen(
            [python, "-c", _CODE, str(PACKAGE_PARENT), str(repo.top)],
            # Neither the script's folder nor its files may be in the way of our imports.
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    # Kept, so that no warning is given for it.
    _started.append(process)
