"""What running runs have come to, read from their journals without folding them whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from gitexp.journal import folders
from gitexp.schema.metrics import json_number
from gitexp.schema.tree import number

if TYPE_CHECKING:
    from gitexp.journal.fold import JournalFold

# A listing folds that much of journals, the smallest first (70,000 short rows in 0.2 s). Beyond
# it a run shows what was committed in the last minute, with its newest rows over it.
_FOLD_BYTES = 4 * 1024 * 1024
_TAIL_BYTES = 64 * 1024


def live_names(common_dir: Path) -> dict[str, Path]:
    """Name → journal folder of each running run, the oldest first."""
    found = {}
    for folder in folders.live_journals(common_dir):
        start = folders.read_json(folder / folders.RUN)
        if start is not None and isinstance(start.get("name"), str):
            found[start["name"]] = folder
    return found


def live_facts(
    journals: Mapping[str, Path], committed: Mapping[str, bytes]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """run.json objects of running runs; a journal that cannot be read is passed over.

    Args:
        journals: name → folder.
        committed: name → run.json in git, of the runs that are there.
    """
    left = _FOLD_BYTES
    for size, name in sorted((_size(folder), name) for name, folder in journals.items()):
        raw = committed.get(name)
        left -= size
        folder = journals[name]
        facts = _from_tail(folder, raw) if raw and left < 0 else _folded(folder)
        if facts is not None:
            if raw and not facts.get("author"):
                # Who somebody is to git, the supervisor knows; a journal does not.
                facts["author"] = orjson.loads(raw).get("author")
            yield name, facts


def fold_journal(folder: Path) -> JournalFold | None:
    """A whole journal; None: it cannot be read, or went away as its run was committed."""
    from gitexp.journal.fold import JournalFold

    try:
        fold = JournalFold(folder)
        fold.update()
        fold.run()
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return fold


def _folded(folder: Path) -> dict[str, Any] | None:
    fold = fold_journal(folder)
    return None if fold is None else fold.run().to_json()


def _from_tail(folder: Path, raw: bytes) -> dict[str, Any] | None:
    facts: dict[str, Any] = orjson.loads(raw)
    metrics = facts.get("metrics") or {}
    for row in _tail_rows(folder / folders.METRICS):
        step = row.get("_step")
        if not isinstance(step, int):
            continue
        for key, metric in metrics.items():
            value = number(row.get(key))
            if value is not None and step >= metric.get("last_step", 0):
                _take(metric, step, value)
    return facts


def _take(metric: dict[str, Any], step: int, value: float) -> None:
    metric["last"], metric["last_step"] = json_number(value), step
    for side, better in (("min", float.__lt__), ("max", float.__gt__)):
        known = number(metric.get(side))
        if known is not None and better(value, known):
            metric[side], metric[f"{side}_step"] = json_number(value), step


def _tail_rows(path: Path) -> Iterator[dict[str, Any]]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, 2)
            file.seek(max(0, size - _TAIL_BYTES))
            lines = file.read().split(b"\n")
    except OSError:
        return
    for line in lines[1:-1] if size > _TAIL_BYTES else lines[:-1]:
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            yield row


def _size(folder: Path) -> int:
    total = 0
    for name in (folders.METRICS, folders.HARDWARE):
        try:
            total += (folder / name).stat().st_size
        except OSError:
            continue
    return total
