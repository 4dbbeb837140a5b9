"""The columns that `gitexp ls` shows, and what the runs have in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from gitexp.errors import UsageError
from gitexp.query.fields import DURATION as DURATION_FIELD
from gitexp.query.fields import METRIC as METRIC_FIELD
from gitexp.query.fields import TIME as TIME_FIELD
from gitexp.query.fields import Field, Path, dotted, fact_names, field_of
from gitexp.query.runs import Found, Runs
from gitexp.schema.headline import headline_metrics
from gitexp.schema.listing import (
    AGE,
    DURATION,
    METRIC,
    NAME,
    STATUS,
    TAGS,
    TIME,
    VALUE,
    Column,
    Listing,
)
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.tree import flatten

METRICS_SHOWN = 4
_CONFIG_SHOWN = 12

_KINDS = {"name": NAME, "status": STATUS, "tags": TAGS}
_FIELD_KINDS = {TIME_FIELD: TIME, DURATION_FIELD: DURATION}


def list_runs(
    runs: Runs,
    chosen: Sequence[Found],
    keys: Sequence[str] | None = None,
    *,
    limited: bool = False,
) -> Listing:
    """A table of runs.

    Args:
        runs: where they are from.
        chosen: the runs to show, in order.
        keys: names as in `--where`; None: what tells these runs apart.
        limited: whether more runs fit than are shown.

    Raises:
        UsageError: a key is no name, or no run of the repository has it.
    """
    sound = [run for run in chosen if run.error is None]
    if keys is None:
        columns = default_columns(sound)
        fields = [field_of(_path(column), runs.now_s) for column in columns]
    else:
        fields = [_field(runs, sound, key) for key in keys]
        columns = [_column(field, sound, rank) for rank, field in enumerate(fields)]
    return Listing(
        columns=tuple(columns),
        rows=tuple(_row(run, fields) for run in chosen),
        names=tuple(run.name for run in chosen),
        malformed=tuple(run.error for run in chosen),
        total=runs.count(),
        limited=limited,
    )


def flat_listing(runs: Runs, chosen: Sequence[Found]) -> Listing:
    """All facts, config keys and metrics of the runs, a column each: `gitexp ls --csv`."""
    sound = [run for run in chosen if run.error is None]
    facts = [
        name for name in fact_names() if name not in ("age", "created", "finished", "duration")
    ]
    paths: list[Path] = [(name,) for name in facts]
    paths += [
        ("config", key) for key in _union(flatten(r.peek().get("config") or {}) for r in sound)
    ]
    paths += [("metrics", key) for key in _union(r.peek().get("metrics") or {} for r in sound)]
    paths += [("summary", key) for key in _union(r.peek().get("summary") or {} for r in sound)]
    fields = [field_of(path, runs.now_s) for path in paths]
    columns = [
        Column(dotted(path), dotted(path), TIME if field.kind == TIME_FIELD else VALUE)
        for path, field in zip(paths, fields, strict=True)
    ]
    rows = tuple(_row(run, fields) for run in sound)
    names = tuple(run.name for run in sound)
    return Listing(tuple(columns), rows, names, (None,) * len(sound), runs.count())


def default_columns(runs: Sequence[Found]) -> list[Column]:
    """Name, status, age and duration, differing config, the metrics that are judged by, tags."""
    columns = [
        Column("name", "name", NAME),
        Column("status", "status", STATUS, rank=1),
        Column("age", "age", AGE, rank=4),
        Column("duration", "duration", DURATION, rank=12),
    ]
    differing = differing_config(runs)
    for i, key in enumerate(differing[:_CONFIG_SHOWN]):
        columns.append(
            Column(f"config.{key}", key, VALUE, rank=(3, 6, 8, 10)[i] if i < 4 else 10 + i)
        )
    for i, (key, goal) in enumerate(headlines(runs)):
        columns.append(Column(f"metrics.{key}", key, METRIC, goal, rank=(2, 5, 9, 11)[i]))
    if any(run.peek().get("tags") for run in runs):
        columns.append(Column("tags", "tags", TAGS, rank=7))
    return columns


def differing_config(runs: Sequence[Found]) -> list[str]:
    """Config keys that do not have the same value in all runs, in the user's order."""
    values: dict[str, set[str]] = {}
    counts: dict[str, int] = {}
    for run in runs:
        for key, value in flatten(run.peek().get("config") or {}).items():
            seen = values.setdefault(key, set())
            if len(seen) < 2:
                seen.add(repr(value))
            counts[key] = counts.get(key, 0) + 1
    return [key for key, seen in values.items() if len(seen) > 1 or counts[key] < len(runs)]


def headlines(runs: Sequence[Found]) -> list[tuple[str, str | None]]:
    """The metrics that most of the runs are judged by, and their goals."""
    goals: dict[str, str | None] = {}
    counts: dict[str, int] = {}
    for run in runs:
        metrics = run.peek().get("metrics") or {}
        for key, metric in metrics.items():
            counts[key] = counts.get(key, 0) + 1
            goals[key] = goals.get(key) or metric.get("goal")
    common = max(counts.values(), default=0)
    # A metric of a single run among many would be a column of dashes.
    often = [key for key, count in counts.items() if 4 * count >= common]
    summaries = {key: MetricSummary(1, 0.0, 0, goal=goals[key]) for key in often}
    return [(key, goals[key]) for key in headline_metrics(summaries, METRICS_SHOWN)]


def _union(mappings: Iterable[Iterable[str]]) -> list[str]:
    return list(dict.fromkeys(key for mapping in mappings for key in mapping))


def _path(column: Column) -> Path:
    root, dot, key = column.key.partition(".")
    return (root, key) if dot else (root,)


def _field(runs: Runs, shown: Sequence[Found], key: str) -> Field:
    field = field_of(_parse_key(key), runs.now_s)
    if any(field.known(run.peek()) for run in shown):
        return field

    def everything() -> Iterator[Mapping[str, Any]]:
        return (run.peek() for run in runs.scan() if run.error is None)

    if runs.count() and not any(map(field.known, everything())):
        from gitexp.query.filter import unknown_name

        raise unknown_name(key, 1, _parse_key(key), everything(), "--columns")
    return field


def _parse_key(key: str) -> Path:
    """A column's key: a name as in an expression, or any text as it is (`train/loss`)."""
    if all(part.isidentifier() for part in key.split(".")):
        return tuple(key.split("."))
    if "[" in key:
        from gitexp.query.expression import Name, parse

        tree = parse(key, "--columns")
        if isinstance(tree, Name):
            return tree.path
        raise UsageError(f"--columns: {key!r} is no name", "a column is a name, as in config.lr")
    root, dot, rest = key.partition(".")
    return (root, rest) if dot and root in ("config", "metrics", "summary") else (key,)


def _column(field: Field, runs: Sequence[Found], rank: int) -> Column:
    goal = next((goal for run in runs if (goal := field.goal(run.peek()))), None)
    metric = field.kind == METRIC_FIELD and (
        field.key.startswith("metrics.") or any(field.is_metric(run.peek()) for run in runs)
    )
    kind = _KINDS.get(field.key) or _FIELD_KINDS.get(field.kind) or (METRIC if metric else VALUE)
    if field.key == "age":
        kind = AGE
    title = field.key.removeprefix("metrics.").removeprefix("config.")
    return Column(field.key, title, kind, goal, rank)


def _row(run: Found, fields: Sequence[Field]) -> tuple[Any, ...]:
    if run.error is not None:
        return tuple(run.name if field.key == "name" else None for field in fields)
    facts = run.peek()
    return tuple(field.get(facts) for field in fields)
