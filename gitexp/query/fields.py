"""What a name means in a run: `lr`, `config.lr`, `val_loss.min`, `created`, `tags`, ….

Fields read run.json as it was parsed, a plain dict: over ten thousand runs, building the
dataclasses first would take longer than the question itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gitexp.schema.clock import from_iso
from gitexp.schema.metrics import HIGHER, LOWER
from gitexp.schema.tree import flatten, number

Facts = Mapping[str, Any]  # a run.json object, with its ref's name
Path = tuple[str | int, ...]

TEXT, NUMBER, TIME, DURATION, METRIC = "text", "number", "time", "duration", "metric"
ASPECTS = ("last", "last_step", "min", "min_step", "max", "max_step", "best", "best_step", "count")
_STEPS = ("last_step", "min_step", "max_step", "best_step", "count")
_OF_HARDWARE = ("hardware", "energy_wh", "co2_g", "cost")
_PARTS = ("config", "summary", "hardware", "git", "lineage")

_MISSING: Any = object()


@dataclass(frozen=True, slots=True)
class Field:
    """A name that was looked up: what it is, and how to get it from a run."""

    key: str  # as it is shown: `config.lr`, `val_loss.min`
    kind: str  # TEXT, NUMBER, TIME (seconds since the epoch), DURATION (seconds) or METRIC
    get: Callable[[Facts], Any]  # None: the run has no such value
    known: Callable[[Facts], bool]  # whether the run knows the name at all
    metric: str | None = None  # the metric (and perhaps its aspect) that the name may mean

    @property
    def hardware(self) -> bool:
        """Whether it is part of run.json's `hardware`."""
        return self.key.partition(".")[0].partition("[")[0] in _OF_HARDWARE

    def is_metric(self, facts: Facts) -> bool:
        """Whether the name is a metric of this run, and not a summary's or config's key."""
        return self.metric is not None and _metric_of(facts, self.metric) is not None

    def goal(self, facts: Facts) -> str | None:
        """`lower` or `higher` where the run's value is a metric that has such a goal."""
        found = _metric_of(facts, self.metric) if self.metric is not None else None
        if found is None or found[1] in _STEPS:
            return None
        return found[0].get("goal")


def field_of(path: Path, now_s: float) -> Field:
    """The field that a name stands for.

    A bare name is a fact of the run (`status`, `duration`, …) if there is such a fact, else a
    metric's last value, else a value of the summary, else a config key. Dots may be part of a
    key or lead into nested config: both are tried.

    Args:
        path: the parts of the name.
        now_s: the present, for `age` and for the duration of running runs.
    """
    root, rest = path[0], path[1:]
    if root in _FACTS and not rest:
        kind, get = _FACTS[str(root)]
        if kind is DURATION:
            return Field(str(root), kind, lambda facts: _duration(facts, str(root), now_s), _yes)
        return Field(str(root), kind, get, _yes)
    if root in _PARTS and rest:
        part, find = str(root), _finder(rest)
        return _plain_field(spell(path), lambda facts: find(facts.get(part)))
    if root in ("metrics", "metric") and rest:
        key = dotted(rest)
        return Field(
            f"metrics.{key}",
            METRIC,
            lambda facts: _metric_value(facts, key),
            lambda facts: _metric_of(facts, key) is not None,
            key,
        )
    return _bare_field(path)


def _bare_field(path: Path) -> Field:
    key, find = dotted(path), _finder(path)

    def look(facts: Facts) -> Any:
        value: Any = _metric_value(facts, key)
        if value is None:
            value = find(facts.get("summary"))
            if value is _MISSING:
                value = find(facts.get("config"))
        return value

    def known(facts: Facts) -> bool:
        return _metric_of(facts, key) is not None or look(facts) is not _MISSING

    return Field(key, METRIC, lambda facts: _or_none(look(facts)), known, key)


def _plain_field(key: str, look: Callable[[Facts], Any]) -> Field:
    return Field(
        key, TEXT, lambda facts: _or_none(look(facts)), lambda facts: look(facts) is not _MISSING
    )


def names_in(facts: Facts) -> list[str]:
    """All names that mean something in a run, as they would be typed."""
    config = flatten(_part(facts, "config"))
    return [*_FACTS, *_part(facts, "metrics"), *config, *_part(facts, "summary")]


def dotted(path: Path) -> str:
    """The parts with dots between them."""
    return ".".join(map(str, path))


def spell(path: Path) -> str:
    """A name as it would be typed in an expression."""
    parts = [p if str(p).isidentifier() else None for p in path[1:]]
    return str(path[0]) + "".join(
        f".{shown}"
        if shown is not None
        else f'["{part}"]'
        if isinstance(part, str)
        else f"[{part}]"
        for shown, part in zip(parts, path[1:], strict=True)
    )


def type_name(key: str) -> str:
    """How a key that may hold slashes or dashes is typed: `metric["train/loss"]`."""
    plain = all(part.isidentifier() for part in key.split("."))
    return key if plain else f'metric["{key}"]'


def _finder(path: Path) -> Callable[[Any], Any]:
    """Look a path up in nested mappings whose keys may hold dots themselves."""
    parts = tuple(
        part
        for given in path
        for part in (given.split(".") if isinstance(given, str) else [given])
    )
    return lambda value: _walk(value, parts)


def _walk(value: Any, parts: Path) -> Any:
    if not parts:
        return value
    if isinstance(value, Mapping):
        for n in range(len(parts), 0, -1):
            key = dotted(parts[:n])
            if key in value and (found := _walk(value[key], parts[n:])) is not _MISSING:
                return found
        return _MISSING
    at = parts[0]
    if isinstance(value, list) and isinstance(at, int) and -len(value) <= at < len(value):
        return _walk(value[at], parts[1:])
    return _MISSING


def _metric_of(facts: Facts, key: str) -> tuple[Mapping[str, Any], str] | None:
    """A metric's summary and which value of it is meant."""
    metrics = _part(facts, "metrics")
    metric = metrics.get(key)
    if metric is not None:
        return metric, "last"
    before, dot, aspect = key.rpartition(".")
    if dot and aspect in ASPECTS and before in metrics:
        return metrics[before], aspect
    return None


def _metric_value(facts: Facts, key: str) -> float | int | None:
    found = _metric_of(facts, key)
    if found is None:
        return None
    metric, aspect = found
    if aspect.startswith("best"):
        side = {LOWER: "min", HIGHER: "max"}.get(metric.get("goal") or "")
        if side is None:
            return None
        aspect = aspect.replace("best", side)
    value = metric.get(aspect)
    return value if type(value) in (int, float) else number(value)


def _or_none(value: Any) -> Any:
    return None if value is _MISSING else value


def _yes(facts: Facts) -> bool:
    return True


def _time(key: str) -> Callable[[Facts], float | None]:
    def get(facts: Facts) -> float | None:
        try:
            return from_iso(facts[key])
        except (KeyError, TypeError, ValueError, AttributeError):
            return None

    return get


def _duration(facts: Facts, which: str, now_s: float) -> float | None:
    seconds = number(facts.get("duration_s"))
    if which != "age" and (seconds is not None or facts.get("status") != "running"):
        return seconds
    created = _time("created_at")(facts)
    return None if created is None else now_s - created


def _part(facts: Facts, key: str) -> Mapping[str, Any]:
    value = facts.get(key)
    return value if isinstance(value, Mapping) else {}


def _same(key: str) -> Callable[[Facts], Any]:
    return lambda facts: facts.get(key)


def _in(part: str, key: str) -> Callable[[Facts], Any]:
    return lambda facts: _part(facts, part).get(key)


def _error(facts: Facts) -> str | None:
    error = _part(facts, "error")
    return f"{error.get('type')}: {error.get('message')}" if error else None


_FACTS: dict[str, tuple[str, Callable[[Facts], Any]]] = {
    "name": (TEXT, _same("name")),
    "id": (TEXT, _same("id")),
    "status": (TEXT, _same("status")),
    "created": (TIME, _time("created_at")),
    "created_at": (TIME, _time("created_at")),
    "finished": (TIME, _time("finished_at")),
    "finished_at": (TIME, _time("finished_at")),
    "age": (DURATION, _same("age")),
    "duration": (DURATION, _same("duration_s")),
    "duration_s": (DURATION, _same("duration_s")),
    "tags": (TEXT, lambda facts: facts.get("tags") or []),
    "notes": (TEXT, _same("notes")),
    "group": (TEXT, _same("group")),
    "job_type": (TEXT, _same("job_type")),
    "author": (TEXT, _same("author")),
    "host": (TEXT, _same("host")),
    "command": (TEXT, lambda facts: " ".join(map(str, facts.get("command") or []))),
    "cwd": (TEXT, _same("cwd")),
    "branch": (TEXT, _in("git", "branch")),
    "base_commit": (TEXT, _in("git", "base_commit")),
    "dirty": (TEXT, _in("git", "dirty")),
    "exit_code": (NUMBER, _same("exit_code")),
    "signal": (TEXT, _same("signal")),
    "error": (TEXT, _error),
    "checkpoints": (TEXT, lambda facts: [c["label"] for c in facts.get("checkpoints") or []]),
    "energy_wh": (NUMBER, _in("hardware", "energy_wh")),
    "co2_g": (NUMBER, _in("hardware", "co2_g")),
    "cost": (NUMBER, _in("hardware", "cost")),
    "resumed_from": (TEXT, _in("lineage", "resumed_from")),
    "forked_from": (TEXT, _in("lineage", "forked_from")),
    "reproduced_from": (TEXT, _in("lineage", "reproduced_from")),
    "sweep": (TEXT, _in("lineage", "sweep")),
    "trial": (NUMBER, _in("lineage", "trial")),
}


def fact_names() -> tuple[str, ...]:
    """Names of the run's own facts, which bare names mean first."""
    return tuple(_FACTS)
