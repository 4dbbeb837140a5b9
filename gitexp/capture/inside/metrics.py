"""Metrics that a library is given by the script: one row of the journal for each call."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from gitexp.capture.inside import journal, same
from gitexp.record.values import NotKept, plain_metric

_NON_FINITE = ("NaN", "Infinity", "-Infinity")

_known: set[str] = set()
_counted: dict[str, int] = {}
_last_step: int | None = None
_begun: set[str] = set()
_rounds: dict[str, tuple[int, int]] = {}  # source → what its steps are moved by, its newest step
_left: set[str] = set()
_left_all = False


def begin_training(source: str) -> None:
    """A training begins: if it counts from the start, its curves go on behind the one before."""
    _begun.add(source)


def leave(*sources: str) -> None:
    """Keep nothing of these captures from now on: a callback logs it all by other names."""
    _left.update(sources)


def leave_all() -> None:
    """Keep nothing of any capture from now on, nor of what is printed: the script logs itself."""
    global _left_all
    if not _left_all and journal.folder():
        _left_all = True
        same.forget()
        journal.append("metrics-in.jsonl", {"_source": "script"})


def _is_left(source: str) -> bool:
    return _left_all or source in _left


def log(source: str, values: Mapping[str, Any], step: Any = None) -> None:
    """Append a row.

    Args:
        source: the capture.
        values: numbers, or what has one number; the rest is left out.
        step: the library's; None counts the calls for each metric.
    """
    if _is_left(source):
        return
    row: dict[str, Any] = {}
    for name, value in values.items():
        try:
            plain = plain_metric(value)
        except NotKept:
            continue
        if isinstance(plain, int | float) or plain in _NON_FINITE:
            row[str(name)] = plain
    at = _step(step)
    row = {name: value for name, value in row.items() if same.is_new(source, name, value)}
    if not row:
        return
    if at is None:
        at = max(_counted.get(name, -1) for name in row) + 1
    else:
        at = _behind_others(source, at)
    for name in row:
        _counted[name] = at
    if not same.may_log_itself():
        _write(source, at, time.time(), row)
        return
    # The script logs to gitexp itself, maybe the same numbers a moment later: wait one call.
    for held in same.exchange(source, at, time.time(), row):
        _write(*held)


def _behind_others(source: str, step: int) -> int:
    """The step, moved behind the trainings of the same library that came before this one."""
    moved_by, newest = _rounds.get(source, (0, -1))
    if source in _begun:
        _begun.discard(source)
        if step + moved_by <= newest:
            moved_by = newest + 1 - step
    at = step + moved_by
    _rounds[source] = (moved_by, max(at, newest))
    return at


def flush() -> None:
    """Write what still waits."""
    for held in same.rest():
        _write(*held)


def log_media(source: str, key: str, value: Any, step: Any = None) -> None:
    """Append a row of a picture, a histogram or a text.

    Args:
        source: the capture.
        key: the metric's.
        value: a gitexp media object, or a text.
        step: the library's; None counts the calls.

    Raises:
        ValueError, OSError: it cannot be encoded or written.
    """
    if _is_left(source):
        return
    at = _step(step)
    if at is None:
        at = _counted.get(key, -1) + 1
    _counted[key] = at
    if not isinstance(value, str):
        from pathlib import Path

        from gitexp.record.media._base import MediaFolder

        value = value.keep(MediaFolder(Path(journal.folder())), key)
    _write(source, at, time.time(), {key: value})


def summarize(source: str, values: Mapping[str, Any]) -> None:
    """Set values that the run has one of."""
    if _is_left(source):
        return
    kept = {}
    for name, value in values.items():
        try:
            kept[str(name)] = plain_metric(value)
        except NotKept:
            continue
    if kept:
        journal.say("summary", values=kept)
        journal.say("capture", values={"summary": dict.fromkeys(kept, source)})


def last_step() -> int | None:
    """The step of the newest row."""
    return _last_step


def _write(source: str, at: int, time_s: float, row: dict[str, Any]) -> None:
    global _last_step
    _last_step = at
    same.wrote(time_s)
    journal.append("metrics.jsonl", {"_step": at, "_time": time_s, **row})
    new = [name for name in row if name not in _known]
    if new:
        _known.update(new)
        journal.say("capture", values={"metrics": dict.fromkeys(new, source)})


def _step(step: Any) -> int | None:
    if step is None:
        return None
    item = getattr(step, "item", None)
    value = item() if callable(item) else step
    return int(value) if isinstance(value, int | float) else None
