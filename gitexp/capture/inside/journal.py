"""What observers say goes into the run's journal, by plain appends that cost no start-up."""

from __future__ import annotations

import os
import sys
import time

TYPE_CHECKING = False  # importing typing takes longer than all that happens at a start
if TYPE_CHECKING:
    from typing import Any

_folder = ""
_descriptors: dict[str, int] = {}
_facts: dict[str, Any] = {}
_names = _rest = ""


def begin(folder: str) -> None:
    """Say where the journal is."""
    global _folder, _names, _rest
    _folder = folder
    _names, _, _rest = os.environ["GITEXP_CAPTURE"].partition(" ")


def folder() -> str:
    """The journal's folder."""
    return _folder


def wanted() -> list[str]:
    """The captures that are active."""
    return _names.split(",")


def fact(name: str) -> Any:
    """What `gitexp record` tells its child processes, see `capture.handover`."""
    if not _facts:
        import json

        _facts.update(json.loads(_rest))
    return _facts.get(name)


def say(kind: str, **fields: Any) -> None:
    """Append an event; what cannot be written is dropped."""
    append("events.jsonl", {"type": kind, "_time": time.time(), **fields})


def append(file: str, line: dict[str, Any]) -> None:
    """Append one line of JSON to a file of the journal, in one write."""
    import json

    data = json.dumps(line, separators=(",", ":"), default=str).encode() + b"\n"
    try:
        if file not in _descriptors:
            _descriptors[file] = _open(os.path.join(_folder, file))
        os.write(_descriptors[file], data)
    except OSError:
        _descriptors.pop(file, None)


def warn(message: str) -> None:
    """One line to the user, and into run.json."""
    say("warning", message=message)
    try:
        sys.stderr.write(f"gitexp: {message}\n")
    except (OSError, ValueError, AttributeError):
        return


def _open(path: str) -> int:
    import fcntl

    low = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        # Out of the way of scripts that close low descriptors or expect to get one.
        return fcntl.fcntl(low, fcntl.F_DUPFD_CLOEXEC, 200)
    finally:
        os.close(low)
