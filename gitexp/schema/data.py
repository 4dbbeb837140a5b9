"""Data files of a run: what run.json says of them, and what may have become of them since.

`capture.declared` in run.json lists the files that the setting `data` declares, as they were when
the run began; `capture.inputs` those that a run was seen to read. Both hold rows
{"path", "bytes", "modified", "sha256"}: the path from the worktree's top or absolute, the time in
UTC, the digest null where the file was too large to read. A path that ends in a slash is a folder
of many files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import orjson

DECLARED, OBSERVED = "declared", "inputs"

CHANGED, GONE, ADDED, UNSURE = "changed", "gone", "added", "unsure"


@dataclass(frozen=True, slots=True)
class DataFile:
    """A data file at one moment."""

    path: str
    bytes: int
    modified: str  # ISO 8601
    sha256: str | None = None  # None: it was not read

    def to_json(self) -> dict[str, Any]:
        """As in run.json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class DataDelta:
    """A data file that is not, or may not be, what it was for an earlier run."""

    path: str
    what: str  # CHANGED, GONE, ADDED; UNSURE: its content could not be compared


def recorded_data(facts: Mapping[str, Any]) -> tuple[str, tuple[DataFile, ...]]:
    """The data files that a run.json names, declared ones before observed ones.

    Returns:
        DECLARED or OBSERVED, and the files that can be made sense of; "" and none if it says
        nothing of its data.
    """
    capture = facts.get("capture") or {}
    for kind in (DECLARED, OBSERVED):
        rows = capture.get(kind)
        if isinstance(rows, list):
            return kind, tuple(file for row in rows if (file := _file(row)) is not None)
    return "", ()


def data_digest(facts: Mapping[str, Any]) -> str:
    """The same for runs of one machine that name the same data files, in the same state.

    "" if none is named.
    """
    kind, files = recorded_data(facts)
    if not kind:
        return ""
    rows = [
        kind,
        facts.get("host"),
        sorted([f.path, f.bytes, f.modified, f.sha256 or ""] for f in files),
    ]
    return hashlib.sha256(orjson.dumps(rows)).hexdigest()[:16]


def _file(row: object) -> DataFile | None:
    """A row of run.json, which may be a stranger's."""
    if not isinstance(row, Mapping):
        return None
    path, size, digest = row.get("path"), row.get("bytes"), row.get("sha256")
    if not isinstance(path, str) or not path or "\0" in path or type(size) is not int:
        return None
    known = digest if isinstance(digest, str) else None
    return DataFile(path, size, str(row.get("modified") or ""), known)
