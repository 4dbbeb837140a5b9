"""Compare a run with its repetition: curves point by point, checkpoints tensor by tensor."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.query.checkpoint_diff import diff_checkpoints
from gitexp.query.checkpoints import FoundCheckpoint, list_checkpoints, open_checkpoint
from gitexp.query.runs import Found, Runs
from gitexp.query.series import read_series
from gitexp.schema import clock
from gitexp.schema.checkpoint import CheckpointDiff
from gitexp.schema.diff import ValueDelta
from gitexp.schema.series import Series
from gitexp.schema.verdict import (
    DIVERGED,
    EQUAL,
    FAILED,
    NOTHING,
    REPEAT,
    WITHIN,
    Comparison,
    CurveDelta,
    Verdict,
)

# Metrics that measure the machine: no two runs agree in them, and that says nothing.
_MACHINE_WORDS = (
    "time times timestamp seconds sec secs ms duration elapsed eta runtime latency throughput "
    "speed fps ips qps memory mem gpu cpu temperature power energy"
)
_MACHINE = frozenset(_MACHINE_WORDS.split())
_WORDS = re.compile(r"[/._\-\s:]+")


def compare_runs(
    runs: Runs,
    original: Found,
    repeat: Found,
    *,
    tolerance: float,
    environment: Sequence[ValueDelta] = (),
) -> Comparison:
    """Compare two runs that should be the same.

    Args:
        runs: where they are from.
        original: the first.
        repeat: the second.
        tolerance: relative, see `CurveDelta.largest`.
        environment: in what the second one's environment differed.

    Raises:
        MalformedRun: one of them cannot be read.
        CheckpointNotHere: tensors are on the server.
    """
    before, after = (read_series(runs.repo, found) for found in (original, repeat))
    keys = list(dict.fromkeys((*before, *after)))
    left_out = [key for key in keys if is_of_machine(key)]
    curves = [
        compare_curves(key, before.get(key), after.get(key)) for key in keys if key not in left_out
    ]
    tensors, differing, missing = _compare_checkpoints(runs, original, repeat)
    parted = [curve for curve in curves if curve.step is not None]
    first = min(parted, key=lambda curve: curve.step or 0, default=None)
    count = sum(len(diff.tensors) for diff in differing)
    distances = [d.relative_l2 for d in differing if d.relative_l2 is not None]
    largest = max((curve.largest for curve in parted), default=None)
    verdict = Verdict(
        run=repeat.name,
        id=repeat.run.id,
        role=REPEAT,
        outcome=_outcome(original, repeat, curves, largest, tensors, count, missing, tolerance),
        created_at=clock.to_iso(time.time()),
        tolerance=tolerance,
        metrics=len(curves),
        points=sum(curve.points for curve in curves),
        differing_metrics=len(parted),
        metric=first.key if first else None,
        step=first.step if first else None,
        original_value=first.original if first else None,
        repeat_value=first.repeat if first else None,
        largest=largest,
        tensors=tensors,
        differing_tensors=count,
        tensor_distance=max(distances, default=None),
        environment=tuple(delta.key for delta in environment),
    )
    return Comparison(verdict, tuple(curves), tuple(left_out), tuple(differing), missing)


def _outcome(
    original: Found,
    repeat: Found,
    curves: Sequence[CurveDelta],
    largest: float | None,
    tensors: int,
    differing: int,
    missing: Sequence[str],
    tolerance: float,
) -> str:
    first, second = original.run, repeat.run
    if (first.status, first.exit_code) != (second.status, second.exit_code):
        return FAILED
    if not curves and not tensors and not missing:
        return NOTHING
    if largest is None and not differing and not missing:
        return EQUAL
    # Tensors are judged by what they lead to, where there are curves; else by themselves.
    within = (largest or 0.0) <= tolerance and not missing and (curves or not differing)
    return WITHIN if within else DIVERGED


def compare_curves(key: str, before: Series | None, after: Series | None) -> CurveDelta:
    """Compare one metric of two runs at every step that either has; pure."""
    first, second = _by_step(before), _by_step(after)
    finite = [value for value in first.values() if math.isfinite(value)]
    span = max(finite) - min(finite) if finite else 0.0
    step: int | None = None
    largest = 0.0
    for at in sorted(first.keys() | second.keys()):
        a, b = first.get(at), second.get(at)
        if a is not None and b is not None and (a == b or (a != a and b != b)):
            continue
        step = at if step is None else step
        largest = max(largest, _relative(a, b, span))
    points = len(first.keys() | second.keys())
    if step is None:
        return CurveDelta(key, points)
    return CurveDelta(key, points, step, first.get(step), second.get(step), largest)


def _relative(a: float | None, b: float | None, span: float) -> float:
    if a is None or b is None or not (math.isfinite(a) and math.isfinite(b)):
        return math.inf
    return abs(a - b) / max(abs(a), abs(b), span)


def _by_step(series: Series | None) -> dict[int, float]:
    return {} if series is None else dict(zip(series.steps, series.values, strict=True))


def is_of_machine(key: str) -> bool:
    """Whether a metric measures the machine and not the training, told by its name."""
    words = [word for word in _WORDS.split(key.lower()) if word]
    return not _MACHINE.isdisjoint(words) or "per_sec" in key.lower()


def _compare_checkpoints(
    runs: Runs, original: Found, repeat: Found
) -> tuple[int, list[CheckpointDiff], tuple[str, ...]]:
    """Tensors that were compared, checkpoints that differ, labels that only one run has."""
    before, after = (
        {found.entry.label: found for found in list_checkpoints(runs, side)}
        for side in (original, repeat)
    )
    missing = tuple(
        label for label in (*before, *after) if label not in before or label not in after
    )
    tensors, differing = 0, []
    for label in before:
        if label not in after:
            continue
        a, b = before[label], after[label]
        tensors += max(a.entry.tensors, b.entry.tensors)
        if a.tree is not None and a.tree == b.tree:
            continue  # one and the same in git
        diff = _diff(runs, a, b)
        if diff.tensors:
            differing.append(diff)
    return tensors, differing, missing


def _diff(runs: Runs, a: FoundCheckpoint, b: FoundCheckpoint) -> CheckpointDiff:
    with open_checkpoint(runs.repo, a) as old, open_checkpoint(runs.repo, b) as new:
        return diff_checkpoints(old, new, (a.title, b.title))


def environment_deltas(
    before: Mapping[str, Any], after: Mapping[str, Any]
) -> tuple[ValueDelta, ...]:
    """In what a new environment differs from a recorded one, as far as it can change a result.

    Paths, host names, free memory and the like are left out.
    """
    from gitexp.query.diff import environment_values

    sides = [
        {k: v for k, v in environment_values(side).items() if not k.startswith(_HARMLESS)}
        for side in (before, after)
    ]
    keys = dict.fromkeys((*sides[0], *sides[1]))
    return tuple(
        ValueDelta(key, (sides[0].get(key), sides[1].get(key)))
        for key in keys
        if sides[0].get(key) != sides[1].get(key)
    )


_HARMLESS = (
    "host", "container", "python.executable", "cpu.limit", "cpu.usable", "memory.", "os.kernel",
    "variables.VIRTUAL_ENV", "variables.CONDA", "variables.SLURM", "variables.PBS",
    "variables.LSB", "variables.PYTHONPATH", "variables.LANG", "variables.LC_ALL", "variables.TZ",
    "variables.MASTER", "package.gitexp", "package.pip",
)  # fmt: skip
