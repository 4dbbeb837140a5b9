"""Which checkpoints of a run are kept: `checkpoints.keep` of the settings."""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gitexp.schema.metrics import LOWER
from gitexp.schema.run import CheckpointEntry

ALL, LAST, BEST = "all", "last", "best"


@dataclass(frozen=True, slots=True)
class Keep:
    """What a setting asks for."""

    kind: str  # ALL, LAST or BEST
    count: int = 0  # of LAST
    metric: str = ""  # of BEST


class StepValues:
    """One metric's values by step, to ask what it was at a checkpoint.

    16 bytes a value, so that a metric that is logged a million times may be asked about.
    """

    def __init__(self) -> None:
        from array import array

        self._steps, self._values = array("q"), array("d")

    def add(self, step: int, value: float) -> None:
        """The next value; steps never decrease."""
        self._steps.append(step)
        self._values.append(value)

    def at(self, step: int | None) -> float | None:
        """The newest value that was logged at a step or before it."""
        index = len(self._steps) if step is None else bisect_right(self._steps, step)
        return self._values[index - 1] if index else None


def parse_keep(text: str) -> Keep:
    """Read `all`, `last:3` or `best:val_loss`.

    Raises:
        ValueError: it is none of these.
    """
    if text == ALL:
        return Keep(ALL)
    kind, _, rest = text.partition(":")
    if kind == LAST and re.fullmatch(r"[1-9][0-9]{0,8}", rest):
        return Keep(LAST, count=int(rest))
    if kind == BEST and rest:
        return Keep(BEST, metric=rest)
    raise ValueError(f"{text!r} is not 'all', 'last:N' or 'best:METRIC'")


def kept_labels(
    keep: Keep,
    entries: Sequence[CheckpointEntry],
    goal: str | None = None,
    value_at: Callable[[int | None], float | None] = lambda _: None,
) -> set[str]:
    """The labels that are held on to.

    The newest checkpoint always is, so that the run can be resumed. While no value of a `best`
    metric is known, or whether lower or higher is better, everything is: a misspelt name must
    not cost a model.

    Args:
        keep: what is asked for.
        entries: the run's checkpoints, oldest first.
        goal: whether LOWER or HIGHER is better for the metric of `best`.
        value_at: the run's value of that metric at a step, for checkpoints that were saved
            without it.
    """
    labels = [entry.label for entry in entries]
    if keep.kind == LAST:
        return set(labels[-keep.count :])
    if keep.kind == BEST:
        best = _best(keep.metric, entries, goal, value_at)
        if best is not None:
            return {best, labels[-1]}
    return set(labels)


def _best(
    metric: str,
    entries: Sequence[CheckpointEntry],
    goal: str | None,
    value_at: Callable[[int | None], float | None],
) -> str | None:
    rated = []
    for entry in entries:
        value = entry.metrics.get(metric)
        value = value_at(entry.step) if value is None else value
        if value is not None and not math.isnan(value):
            rated.append((value, entry.label))
    if goal is None or not rated:
        return None
    pick = min if goal == LOWER else max
    # Of equals the later one, as load_checkpoint(label="best") has it.
    return pick(reversed(rated), key=lambda pair: pair[0])[1]
