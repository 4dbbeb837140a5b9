"""What sets runs apart: the plain data that `query.diff` builds and renderers show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")

WORKING_TREE = "working tree"  # stands for a run's name where code is compared with it


@dataclass(frozen=True, slots=True)
class ValueDelta:
    """A config key, package, environment fact or hardware figure over the runs."""

    key: str
    values: tuple[Any, ...]  # one for each run; None: it has none


@dataclass(frozen=True, slots=True)
class MetricDelta:
    """A metric over the runs; the first run is the baseline of all deltas."""

    key: str
    goal: str | None
    last: tuple[float | None, ...]
    best: tuple[float | None, ...]
    best_step: tuple[int | None, ...]

    def delta(self, which: int) -> float | None:
        """Last value of run `which` minus the baseline's."""
        a, b = self.last[0], self.last[which]
        return None if a is None or b is None else b - a

    def delta_pct(self, which: int) -> float | None:
        """The same in per cent of the baseline's; None where that is zero or not finite."""
        delta, base = self.delta(which), self.last[0]
        if delta is None or not base or base != base or abs(base) == float("inf"):
            return None
        return 100 * delta / abs(base)

    def better(self, which: int) -> bool | None:
        """Whether run `which` ended better than the baseline; None: equal, or no goal is known."""
        delta = self.delta(which)
        if self.goal is None or not delta or delta != delta:
            return None
        return (delta < 0) == (self.goal == "lower")


@dataclass(frozen=True, slots=True)
class FileDelta:
    """A file that differs; `status` is git's letter: A, M, D, R, T."""

    path: str
    status: str
    added: int | None  # lines; None: binary
    removed: int | None
    old_path: str | None = None


@dataclass(frozen=True, slots=True)
class CodeDelta:
    """The code of run `which` against the baseline's."""

    which: int
    files: tuple[FileDelta, ...]
    patch: str | None = None  # only where it was asked for


@dataclass(frozen=True, slots=True)
class CheckpointDelta:
    """A label that at least one run has."""

    label: str
    bytes: tuple[int | None, ...]
    tensors: tuple[int | None, ...]
    trees: tuple[str | None, ...]  # oids: equal ones are equal bit for bit


@dataclass(frozen=True, slots=True)
class RunDiff:
    """Everything that differs; what is the same in all runs is left out."""

    names: tuple[str, ...]
    statuses: tuple[str, ...]
    config: tuple[ValueDelta, ...]
    metrics: tuple[MetricDelta, ...]  # every metric that any run has, changed or not
    code: tuple[CodeDelta, ...]
    environment: tuple[ValueDelta, ...]  # packages as `package.<name>`, python, os, gpu, …
    hardware: tuple[ValueDelta, ...]  # duration_s, energy_wh, peaks
    checkpoints: tuple[CheckpointDelta, ...]
    command: ValueDelta | None = None
    summary: tuple[ValueDelta, ...] = ()  # what the user set, unless it is a metric

    @property
    def same(self) -> bool:
        """Whether config, code, environment, metrics and checkpoints are all equal."""
        return not (
            self.config
            or self.command
            or self.summary
            or self.environment
            or any(code.files for code in self.code)
            or any(_differ(c.trees) for c in self.checkpoints)
            or any(_differ(m.last) or _differ(m.best) for m in self.metrics)
        )


def _differ(values: tuple[Any, ...]) -> bool:
    return any(repr(value) != repr(values[0]) for value in values[1:])


def part_of(diff: RunDiff, which: Sequence[int]) -> RunDiff:
    """The diff of some of its runs, the baseline first; what is the same in these stays in."""

    def values(rows: Sequence[ValueDelta]) -> tuple[ValueDelta, ...]:
        return tuple(ValueDelta(row.key, _pick(row.values, which)) for row in rows)

    return RunDiff(
        names=_pick(diff.names, which),
        statuses=_pick(diff.statuses, which),
        config=values(diff.config),
        metrics=tuple(
            MetricDelta(
                m.key,
                m.goal,
                _pick(m.last, which),
                _pick(m.best, which),
                _pick(m.best_step, which),
            )
            for m in diff.metrics
        ),
        code=tuple(
            CodeDelta(which.index(code.which), code.files, code.patch)
            for code in diff.code
            if code.which in which
        ),
        environment=values(diff.environment),
        hardware=values(diff.hardware),
        checkpoints=tuple(
            CheckpointDelta(
                c.label, _pick(c.bytes, which), _pick(c.tensors, which), _pick(c.trees, which)
            )
            for c in diff.checkpoints
        ),
        command=None if diff.command is None else values((diff.command,))[0],
        summary=values(diff.summary),
    )


def _pick(values: tuple[T, ...], which: Sequence[int]) -> tuple[T, ...]:
    return tuple(values[i] for i in which)
