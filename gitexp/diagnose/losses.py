"""Curves of losses: they diverge, oscillate, stay where they are, or part from validation."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from itertools import pairwise
from statistics import mean, median

from gitexp.diagnose.evidence import Evidence, short
from gitexp.schema.finding import ERROR, WARNING, Finding
from gitexp.schema.series import Series

_POINTS = 20  # before anything is said about a curve
_DIVERGED = 1.5  # times the loss at the start
_STUCK = 0.9  # of the loss at the start
_UNSTEADY = 0.8  # distance of the 10th to the 90th percentile, as a share of the median
_SWINGS = 2.0  # 90th over 10th percentile
_FOLLOWS = 0.4  # correlation of a loss with the one before; that of batches' noise is near zero
_STILL_HIGH = 0.3  # of the loss at the start
_WORSE = 1.1  # times the best validation loss
_BETTER = 0.95  # of the training loss when validation was best


def diverging_loss(evidence: Evidence) -> list[Finding]:
    """A training loss that ends well above where it began."""
    for key, curve in evidence.training_losses().items():
        values = _finite(curve)
        if len(values) < _POINTS:
            continue
        start, end, best = _start(values), median(values[-len(values) // 10 :]), min(values)
        if start > 0 and end > _DIVERGED * start:
            at = values.index(best)
            return [
                Finding(
                    "diverging-loss",
                    ERROR,
                    f"{key} rose to {short(end):g}; it began at {short(start):g}",
                    key,
                    (curve.steps[min(at, len(curve) - 1)], curve.steps[-1]),
                    _lower_rate(
                        evidence, "lower the learning rate, warm it up, or clip gradients"
                    ),
                    {"start": short(start), "best": short(best), "end": short(end)},
                )
            ]
    return []


def oscillating_loss(evidence: Evidence) -> list[Finding]:
    """A training loss that swings widely and does not get better."""
    for key, curve in evidence.training_losses().items():
        values = _finite(curve)
        if len(values) < 2 * _POINTS:
            continue
        start, second = _start(values), values[len(values) // 2 :]
        third, fourth = second[: len(second) // 2], second[len(second) // 2 :]
        low, middle, high = _percentiles(second)
        swings = low > 0 and high > _SWINGS * low and abs(_correlation(second)) > _FOLLOWS
        improves = median(fourth) < 0.9 * median(third)
        if swings and not improves and _STILL_HIGH * start < middle <= _DIVERGED * start:
            return [
                Finding(
                    "oscillating-loss",
                    WARNING,
                    f"{key} swings between {short(low):g} and {short(high):g} and does not fall",
                    key,
                    (curve.steps[len(curve) // 2], curve.steps[-1]),
                    _lower_rate(evidence, "lower the learning rate, or use larger batches"),
                    {"p10": short(low), "median": short(middle), "p90": short(high)},
                )
            ]
    return []


def plateau(evidence: Evidence) -> list[Finding]:
    """A training loss that has hardly left its start, and does not get better."""
    for key, curve in evidence.training_losses().items():
        values = _finite(curve)
        if len(values) < 2 * _POINTS:
            continue
        start, second = _start(values), values[len(values) // 2 :]
        low, middle, high = _percentiles(second)
        steady = middle > 0 and (high - low) / middle <= _UNSTEADY
        third, fourth = second[: len(second) // 2], second[len(second) // 2 :]
        improves = median(fourth) < 0.99 * median(third)
        if start > 0 and steady and not improves and _STUCK * start < middle <= _DIVERGED * start:
            return [
                Finding(
                    "plateau",
                    WARNING,
                    f"{key} stays at {short(middle):g}; it began at {short(start):g}",
                    key,
                    (curve.steps[0], curve.steps[-1]),
                    "check that inputs belong to their labels, then try another learning rate "
                    f"(ten times more, ten times less{_now(evidence)}) and a single batch",
                    {"start": short(start), "end": short(middle)},
                )
            ]
    return []


def over_fitting(evidence: Evidence) -> list[Finding]:
    """A validation loss that rises while the training loss falls."""
    for key, curve in evidence.validation_losses().items():
        values = list(curve.values)
        if len(values) < 5 or not all(math.isfinite(value) for value in values):
            continue
        best = min(values)
        at, end = values.index(best), median(values[-3:])
        if at > 0.7 * (len(values) - 1) or best <= 0 or end < _WORSE * best:
            continue
        partner = _partner(key, evidence.training_losses())
        if partner is None:
            continue
        name, training = partner
        then, now = _near(training, curve.steps[at]), _near(training, curve.steps[-1])
        if not now < _BETTER * then:
            continue
        return [
            Finding(
                "over-fitting",
                WARNING,
                f"{key} rose from {short(best):g} at step {curve.steps[at]} to {short(end):g}, "
                f"while {name} fell from {short(then):g} to {short(now):g}",
                key,
                (curve.steps[at], curve.steps[-1]),
                f"use the state of step {curve.steps[at]} (early stopping); more data, "
                "augmentation, weight decay, dropout or a smaller model",
                {"best": short(best), "best_step": curve.steps[at], "end": short(end)},
            )
        ]
    return []


def _finite(curve: Series) -> list[float]:
    return [value for value in curve.values if math.isfinite(value)]


def _start(values: Sequence[float]) -> float:
    """The loss of the first few points."""
    return median(values[: max(3, len(values) // 50)])


def _percentiles(values: Sequence[float]) -> tuple[float, float, float]:
    ranked = sorted(values)
    last = len(ranked) - 1
    return ranked[last // 10], ranked[last // 2], ranked[last - last // 10]


def _correlation(values: Sequence[float]) -> float:
    """Of each value with the one before it; logarithms, so that no single peak decides."""
    logs = [math.log(max(value, 1e-300)) for value in values]
    middle = mean(logs)
    spread = sum((value - middle) ** 2 for value in logs)
    together = sum((a - middle) * (b - middle) for a, b in pairwise(logs))
    return together / spread if spread else 0.0


def _partner(key: str, losses: dict[str, Series]) -> tuple[str, Series] | None:
    """The training's metric that a validation metric belongs to."""
    words = set(re.findall(r"[a-z0-9]+", key.lower())) - {
        "val",
        "valid",
        "validation",
        "eval",
        "dev",
    }
    words -= {"test", "epoch"}

    def differs(name: str) -> int:
        own = set(re.findall(r"[a-z0-9]+", name.lower())) - {"train", "training", "step", "epoch"}
        return len(own ^ words)

    name = min(losses, key=differs, default=None)
    return (name, losses[name]) if name is not None and differs(name) == 0 else None


def _near(curve: Series, step: int) -> float:
    """The median of a few points around a step."""
    place = min(range(len(curve)), key=lambda n: abs(curve.steps[n] - step))
    width = max(1, len(curve) // 40)
    around = [v for v in curve.values[max(0, place - width) : place + width + 1] if v == v]
    return median(around) if around else math.nan


def _now(evidence: Evidence) -> str:
    rate = evidence.learning_rate()
    return f"; now {rate}" if rate else ""


def _lower_rate(evidence: Evidence, advice: str) -> str:
    rate = evidence.learning_rate()
    return f"{advice} (now {rate})" if rate else advice
