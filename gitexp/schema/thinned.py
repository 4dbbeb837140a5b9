"""Every second, fourth, … point of a long curve: fewer points of the same distribution."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitexp.schema.metrics import LOWER, goal_of
from gitexp.schema.series import Series
from gitexp.schema.tree import number

_POINTS = 1024
_MOST = 200


@dataclass(slots=True)
class ThinnedSeries:
    """A curve in bounded memory; its extremes may be lost, its median and spread are kept."""

    series: Series = field(default_factory=Series)
    any_bad: bool = False
    _stride: int = 1
    _seen: int = 0

    def add(self, step: int, time_s: float, value: float) -> None:
        """Take in the next point; the first one that is not finite is always kept."""
        first_bad = not self.any_bad and not math.isfinite(value)
        if self._seen % self._stride == 0 or first_bad:
            self.series.append(step, time_s, value)
        self.any_bad |= first_bad
        self._seen += 1
        if len(self.series) > _POINTS:
            values = self.series.values
            bad = next((n for n, v in enumerate(values) if not math.isfinite(v)), -1)
            self.series = self.series.take(n for n in range(len(values)) if n % 2 == 0 or n == bad)
            self._stride *= 2


@dataclass(slots=True)
class LossCurves:
    """Curves of the metrics that a training makes small, and of gradient norms."""

    curves: dict[str, ThinnedSeries] = field(default_factory=dict)
    _passed_over: set[str] = field(default_factory=set)

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Take in a line of metrics.jsonl."""
        step, time_s = row.get("_step"), row.get("_time")
        if not isinstance(step, int) or not isinstance(time_s, int | float):
            return
        for key, raw in row.items():
            if key in self._passed_over:
                continue
            curve = self.curves.get(key)
            if curve is None:
                if not _of_interest(key) or len(self.curves) >= _MOST:
                    if len(self._passed_over) < 10_000:
                        self._passed_over.add(key)
                    continue
                curve = self.curves[key] = ThinnedSeries()
            value = number(raw)
            if value is not None:
                curve.add(step, time_s, value)

    def series(self) -> dict[str, Series]:
        """The curves by metric."""
        return {key: curve.series for key, curve in self.curves.items() if len(curve.series)}


def _of_interest(key: str) -> bool:
    lowered = key.lower()
    if key in ("_step", "_time"):
        return False
    return goal_of(key) == LOWER or "grad" in lowered or "norm" in lowered
