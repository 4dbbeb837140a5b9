"""One number that a script gives to two libraries is one metric: the one that got it first.

What the script logs to gitexp itself (or to wandb, where gitexp answers for it) comes first
however the calls are ordered.
"""

from __future__ import annotations

import math
import re
import sys
from pathlib import Path
from typing import Any

from gitexp.capture.inside import journal

# So many values of a metric decide whether it is another one's twin.
_TRIES = 3
_CLOSE = 1e-6  # a float32 on its way through float
_OWN = "gitexp"
# What they say of a trial was always computed elsewhere, and stands at the trial's number here.
_JUDGES = frozenset(["optuna"])
_PHASES = {
    **dict.fromkeys(("train", "training"), "train"),
    **dict.fromkeys(("val", "valid", "validation", "dev"), "val"),
    "eval": "eval",
    "test": "test",
}

_owner: dict[str, str] = {}  # metric → who gave it first
_latest: dict[str, dict[str, float]] = {}  # source → metric → its newest value
_twin: dict[tuple[str, str], tuple[str, str]] = {}  # what is a twin → of what
_alone: dict[tuple[str, str], int] = {}  # values that were nobody else's
_held: dict[tuple[str, str], tuple[int, float, Any]] = {}
_mine: dict[float, None] = {}  # times of rows that we wrote
_MOST_MINE = 10_000
_tail: Any = None
_run: Any = None  # the one that the script began by itself

Row = tuple[str, int, float, dict[str, Any]]


def is_new(source: str, name: str, value: Any) -> bool:
    """Whether a value is to be kept: nobody else has given it under this or another name."""
    owner = _owner.setdefault(name, source)
    if owner != source:
        return False
    number = float(value)
    if source in _JUDGES:
        _latest.setdefault(source, {})[name] = number
        return True
    of = _twin.get((source, name))
    if of is not None:
        if _close(_latest[of[0]].get(of[1], math.nan), number):
            return False
        del _twin[source, name]
        _alone[source, name] = _TRIES
    elif _alone.get((source, name), 0) < _TRIES:
        found = _equal(source, name, number)
        if found is not None:
            _twin[source, name] = found
            del _owner[name]
            return False
        _alone[source, name] = _alone.get((source, name), 0) + 1
    _latest.setdefault(source, {})[name] = number
    return True


def own_run() -> Any:
    """The run that this process logs to by itself, if it does."""
    module = sys.modules.get("gitexp.record.api")
    # A thread of ours may be importing it just now: then the script has not.
    active = getattr(module, "active", None)
    return active() if active is not None else None


def own_config() -> dict[str, Any]:
    """What the script gave to the config of its run, which may have ended."""
    latest = getattr(sys.modules.get("gitexp.record.api"), "latest", None)
    run = latest() if latest is not None else None
    return dict(run.config) if run is not None else {}


def may_log_itself() -> bool:
    """Whether the script logs to gitexp as well, or is about to."""
    if own_run() is not None:
        return True
    if "gitexp" in vars(sys.modules["__main__"]):
        return True
    return type(sys.modules.get("wandb")).__name__ == "StandIn"


def wrote(time_s: float) -> None:
    """A row of that time is ours."""
    _mine[time_s] = None
    if len(_mine) > 2 * _MOST_MINE:
        for old in list(_mine)[:_MOST_MINE]:
            del _mine[old]


def exchange(source: str, step: int, time_s: float, row: dict[str, Any]) -> list[Row]:
    """Hold a row back until the next one; returns what was held and is nobody's twin."""
    _read_own()
    free: list[Row] = []
    for name, value in row.items():
        before = _held.get((source, name))
        if before is not None and _is_single(source, name, before[2]):
            free.append((source, before[0], before[1], {name: before[2]}))
        _held[source, name] = (step, time_s, value)
    return free


def forget() -> None:
    """Let go of what is still held."""
    _held.clear()


def rest() -> list[Row]:
    """What is still held and is no twin."""
    _read_own()
    held, free = dict(_held), []
    _held.clear()
    for (source, name), (step, time_s, value) in held.items():
        if _is_single(source, name, value):
            free.append((source, step, time_s, {name: value}))
    return free


def _is_single(source: str, name: str, value: Any) -> bool:
    own = _latest.get(_OWN, {})
    if name in own or (source, name) in _twin:
        return False
    for key, known in own.items():
        if _close(known, float(value)) and (_tells(known) or _related(key, name)):
            _twin[source, name] = (_OWN, key)
            return False
    return True


def _read_own() -> None:
    """Learn what the script has logged by itself since the last call, and its summary."""
    global _tail, _run
    # Once it has ended, what is still held is compared with all that it got.
    _run = run = own_run() or _run
    if run is None:
        return
    if _tail is None:
        from gitexp.journal.tail import LineTail

        _tail = LineTail(Path(journal.folder(), "metrics.jsonl"))
    own = _latest.setdefault(_OWN, {})
    for row in _tail.objects():
        if row.get("_time") in _mine:
            del _mine[row["_time"]]
            continue
        for key, value in row.items():
            if not key.startswith("_") and isinstance(value, int | float):
                own[key] = float(value)
    for key, value in run.summary.stated().items():
        if isinstance(value, int | float):
            own[key] = float(value)


def _equal(source: str, name: str, number: float) -> tuple[str, str] | None:
    for other, values in _latest.items():
        if other == source:
            continue
        for key, known in values.items():
            if not _close(known, number):
                continue
            one, two = _phase(key), _phase(name)
            if _tells(number) and (one == two or not (one and two)):
                return other, key
            if one in (two, "") and _related(key, name):
                return other, key
    return None


def _close(one: float, other: float) -> bool:
    return one == other or abs(one - other) <= _CLOSE * max(abs(one), abs(other))


def _tells(number: float) -> bool:
    """Whether a number has so many digits that two equal ones are no accident."""
    return math.isfinite(number) and len(re.sub(r"\D", "", repr(number)).strip("0")) >= 5


def _words(name: str) -> set[str]:
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return set(re.findall(r"[^\W_]+", spaced.lower()))


def _phase(name: str) -> str:
    return next((_PHASES[word] for word in sorted(_words(name)) if word in _PHASES), "")


def _related(one: str, other: str) -> bool:
    """Whether two names share a word that says what is measured."""
    return bool((_words(one) & _words(other)) - _PHASES.keys())
