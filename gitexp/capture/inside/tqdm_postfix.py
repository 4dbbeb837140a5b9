"""tqdm: what set_postfix shows, at the bar's place, whether or not the bar is drawn.

The rows are sent to where the output is read: there it is known whether the same numbers are
printed, or given to a library, as well.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from math import isfinite
from types import ModuleType
from typing import Any

from gitexp.capture.inside import guard, journal

# A first few rows are told whatever they cost, then no more than this share of the script's time.
_FREE = 1000
_SHARE = 0.005

_MOST_LOOPS = 1000

_loops: dict[int, Any] = {}  # id of a bar → its newest loop
_places: dict[Any, _Place] = {}
_rows = 0
_spent_s = 0.0
_began_s = time.perf_counter()


@dataclass
class _Place:
    """Where in the script bars are told something; a bar of each epoch goes on where one ended."""

    bar: int = 0
    offset: int = 0
    length: int = 0
    calls: int = -1
    last: int = -1


def install(module: ModuleType) -> None:
    """Observe set_postfix, and the loops that tell how far a bar is."""
    bar = module.tqdm
    original = bar.__iter__

    def __iter__(self: Any) -> Any:
        loop = original(self)
        if len(_loops) > _MOST_LOOPS:
            _loops.clear()
        _loops[id(self)] = loop
        return loop

    bar.__iter__ = __iter__
    guard.observe("tqdm", bar, "set_postfix", _set)


def _set(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    global _rows, _spent_s
    begin = time.perf_counter()
    if _rows >= _FREE and _spent_s > _SHARE * (begin - _began_s):
        return
    frame = guard.users_frame("tqdm")
    if frame is None:
        return
    bar, given = args[0], dict(args[1] or {}) if len(args) > 1 else {}
    given |= {k: v for k, v in kwargs.items() if k not in ("ordered_dict", "refresh")}
    given |= dict(kwargs.get("ordered_dict") or {})
    row = {str(key): kept for key, value in given.items() if (kept := _kept(value)) is not None}
    if row:
        step = _step(bar, (frame.f_code, frame.f_lineno))
        told: dict[str, Any] = {"_step": step, "_time": time.time()}
        told |= {"_source": "tqdm", "_desc": getattr(bar, "desc", None) or "", **row}
        journal.append("metrics-in.jsonl", told)
    _rows += 1
    _spent_s += time.perf_counter() - begin


def _kept(value: Any) -> float | str | None:
    """A number, or a text of one (`f"{loss:.3f}"`); what waits on a device is left there."""
    if isinstance(value, bool) or getattr(value, "is_cuda", False):
        return None
    try:
        number = float(value.strip().rstrip("%") if isinstance(value, str) else value)
    except (TypeError, ValueError, RuntimeError):
        return None
    return value if isinstance(value, str) else number if isfinite(number) else str(number)


def _step(bar: Any, where: Any) -> int:
    place = _places.setdefault(where, _Place())
    if place.bar != id(bar):
        place.offset = max(place.last + 1, place.offset + place.length)
        place.bar, place.calls = id(bar), -1
        place.length = int(getattr(bar, "total", None) or 0)
    place.calls += 1
    at = _position(bar)
    place.last = max(place.last, place.offset + (place.calls if at is None else at))
    return place.last


def _position(bar: Any) -> int | None:
    """How many turns of its loop are done; None where nobody counts them."""
    if getattr(bar, "disable", False):
        return None
    loop = _loops.get(id(bar))
    frame = getattr(loop, "gi_frame", None)
    if frame is None:
        return int(bar.n) if loop is None else None
    found = frame.f_locals.get("n")
    return int(found) if found is not None else None
