"""The folders of running runs: where they are, what is in them, how one is made."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

from gitexp import paths
from gitexp.errors import JournalProblem
from gitexp.schema import names

RUN = names.RUN  # the facts at start
SNAPSHOT = "snapshot.json"  # code_tree, dirty and skipped, once the snapshot is taken
METRICS = names.METRICS
EVENTS = "events.jsonl"
METRICS_IN = "metrics-in.jsonl"  # what a command writes to the file of $GITEXP_METRICS
FILES = "files.jsonl"  # what Python processes of the command read and write
HARDWARE = names.HARDWARE
OUTPUT_RAW = "output.raw"  # stdout and stderr as they came, secrets redacted
OUTPUT = names.OUTPUT  # the same folded, written by whoever commits
ENVIRONMENT = names.ENVIRONMENT
CHECKPOINTS = names.CHECKPOINTS
ARTIFACTS = "artifacts"  # files that wait to be an artifact's version in git
GOES_ON = "goes-on.json"  # the commit of the run's own chain that a resumed run goes on from
SETTINGS = "settings.json"  # the project's settings when the run began
STORED = "stored.json"  # spool folder → oid of the tree it became in git
JOINED = "joined.json"  # identity of the process whose init() made a recorded run its own
STEPS = "steps"  # the next step and the newest one, where several processes log to one run
TRAINING = "training.json"  # identity of the process that logs
END = "end.json"  # how the training ended
COMMITTED = "committed"  # oid of the newest commit of the chain
UNFINISHED = ".gitexp-"  # how names begin of files that are being written, in media/ and outputs/
LOCK = "supervisor.lock"  # flock held by whoever commits
WAKE = "wake"  # FIFO: a byte wakes the supervisor
SUPERVISOR_LOG = "supervisor.log"

# A run that is about to begin has its first file long before.
_GRAVE_S = 24 * 3600


def journal_of(common_dir: Path, name: str) -> Path:
    """The journal folder of a run; a slash in the name becomes `%2F`, so that all are siblings."""
    return paths.journals_dir(common_dir) / name.replace("/", "%2F")


def find_journal(common_dir: Path, name: str) -> Path | None:
    """The journal of a run that runs, whatever its folder is called; None: it does not run here.

    A run whose script names it keeps the folder that it began with.
    """
    own = journal_of(common_dir, name)
    told = read_json(own / RUN)
    if told is not None and told.get("name") == name:
        return own
    for folder in live_journals(common_dir):
        if (read_json(folder / RUN) or {}).get("name") == name:
            return folder
    return None


def live_journals(common_dir: Path) -> list[Path]:
    """All journal folders that hold a run, newest last."""
    try:
        # A dot: one that is being made for a run that goes on, or removed.
        found = [
            folder
            for folder in paths.journals_dir(common_dir).iterdir()
            if not folder.name.startswith(".") and (folder / RUN).is_file()
        ]
    except OSError:
        return []
    return sorted(found, key=lambda folder: (_mtime(folder / RUN), folder.name))


def make_journal(common_dir: Path, name: str) -> Path:
    """Make the run's folder; making it is what claims the name on this machine.

    Raises:
        FileExistsError: a run of that name is running or waits for recovery.
        JournalProblem: the folder cannot be made.
    """
    folder = journal_of(common_dir, name)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
    except FileExistsError:
        raise
    except OSError as error:
        raise JournalProblem(
            f"cannot write to {folder.parent}: {error.strerror}",
            "gitexp keeps running runs inside the repository's .git; is it writable and not full?",
        ) from error
    return folder


def remove_journal(folder: Path) -> None:
    """Remove a journal whose run is in git."""
    import shutil

    # Renamed first, so that no reader sees half a journal.
    grave = folder.with_name(f".{folder.name}.{os.getpid()}")
    try:
        folder.rename(grave)
    except OSError:
        grave = folder
    shutil.rmtree(grave, ignore_errors=True)
    shutil.rmtree(spill_dir(folder), ignore_errors=True)


def remove_graves(common_dir: Path) -> int:
    """Remove journals whose removal was cut short, and folders that never became journals.

    Returns:
        The bytes that they had.
    """
    import shutil

    freed = 0
    try:
        entries = list(paths.journals_dir(common_dir).iterdir())
    except OSError:
        return 0
    for folder in entries:
        if not folder.name.startswith(".") and (folder / RUN).exists():
            continue
        if folder.is_dir() and time.time() - _mtime(folder) > _GRAVE_S:
            sizes = [_size(path) for path in folder.rglob("*")]
            shutil.rmtree(folder, ignore_errors=True)
            freed += sum(sizes)
    return freed


def spill_dir(folder: Path) -> Path:
    """Where lines go that the journal's own disk does not take (full, read-only)."""
    import hashlib
    import tempfile

    key = hashlib.sha256(os.fsencode(folder.absolute())).hexdigest()[:24]
    return Path(tempfile.gettempdir()) / f"gitexp-{os.getuid()}" / key


def write_end(folder: Path, end: Mapping[str, Any]) -> None:
    """State how the training ended; beside the journal if its own disk takes nothing.

    Raises:
        OSError: no disk takes it.
    """
    try:
        write_json(folder / END, end)
    except OSError:
        spill_dir(folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        write_json(spill_dir(folder) / END, end)


def read_end(folder: Path) -> dict[str, Any] | None:
    """How the training ended; None: nobody has said."""
    return read_json(folder / END) or read_json(spill_dir(folder) / END)


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write a file so that readers see the old or the new content, never half of it."""
    write_bytes(path, orjson.dumps(data, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def write_bytes(path: Path, content: bytes) -> None:
    """As `write_json`, for bytes."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def read_json(path: Path) -> dict[str, Any] | None:
    """The object in a file; None if there is none or it is no JSON object."""
    try:
        data = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return data if isinstance(data, dict) else None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _mtime(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0
