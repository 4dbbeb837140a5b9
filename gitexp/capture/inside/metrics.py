"""Metrics that a library is given by the script: one row of the journal for each call."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from gitexp.capture.inside import journal
from gitexp.record.values import NotKept, plain_metric

_known: set[str] = set()
_counted: dict[str, int] = {}
_last_step: int | None = None


def log(source: str, values: Mapping[str, Any], step: Any = None) -> None:
    """Append a row.

    Args:
        source: the capture.
        values: numbers, or what has one number; the rest is left out.
        step: the library's; None counts the calls for each metric.
    """
    global _last_step
    row: dict[str, Any] = {}
    for name, value in values.items():
        try:
            plain = plain_metric(value)
        except NotKept:
            continue
        if isinstance(plain, int | float) or plain in ("NaN", "Infinity", "-Infinity"):
            row[str(name)] = plain
    if not row:
        return
    at = _step(step)
    if at is None:
        at = max(_counted.get(name, -1) for name in row) + 1
    for name in row:
        _counted[name] = at
    _last_step = at
    journal.append("metrics.jsonl", {"_step": at, "_time": time.time(), **row})
    new = [name for name in row if name not in _known]
    if new:
        _known.update(new)
        journal.say("capture", values={"metrics": dict.fromkeys(new, source)})


def last_step() -> int | None:
    """The step of the newest row."""
    return _last_step


def _step(step: Any) -> int | None:
    if step is None:
        return None
    item = getattr(step, "item", None)
    value = item() if callable(item) else step
    return int(value) if isinstance(value, int | float) else None
