"""What the rules look at, and what several of them ask of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from gitexp.schema.finding import Finding
from gitexp.schema.histogram import GRADIENT, Distribution, TensorHistory, WatchFold
from gitexp.schema.metrics import LOWER, goal_of
from gitexp.schema.run import Run
from gitexp.schema.series import Series
from gitexp.schema.tree import flatten, number

_VALIDATION = re.compile(r"(^|[^a-z])(val|valid|validation|eval|test|dev)([^a-z]|$)", re.I)
# Losses of a game rise and fall with the other player's.
_GAME = re.compile(
    r"(^|[^a-z])(g|d|gen|disc|generator|discriminator|adv|policy|pg|actor|critic|value|q|kl|"
    r"entropy|td|vf|reward|alpha)([^a-z]|$)",
    re.I,
)
_LOSS = re.compile(r"loss|nll|mse|mae|perplexity|error|objective", re.I)
_RATES = ("lr", "learning_rate", "max_lr", "eta")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A run as far as it has come; curves may have been thinned to their extremes."""

    run: Run
    series: Mapping[str, Series] = field(default_factory=dict)  # by metric
    hardware: Mapping[str, Series] = field(default_factory=dict)  # by hardware key
    watched: WatchFold = field(default_factory=WatchFold)

    def training_losses(self) -> dict[str, Series]:
        """Curves of what the training makes small."""
        return {
            key: curve
            for key, curve in self.series.items()
            if _is_loss(key) and not _VALIDATION.search(key) and not _GAME.search(key)
        }

    def validation_losses(self) -> dict[str, Series]:
        """Curves of the same on data that the training does not see."""
        return {
            key: curve
            for key, curve in self.series.items()
            if _is_loss(key) and _VALIDATION.search(key) and not _GAME.search(key)
        }

    def layers(self) -> list[TensorHistory]:
        """Gradients of weights of linear and convolutional layers, in the model's order."""
        return [
            history
            for history in self.watched.of(GRADIENT)
            if history.samples and history.samples[-1].get("units") > 0
        ]

    def learning_rate(self) -> str:
        """The config's, as `lr = 0.1`; empty if it has none that is known by its name."""
        for key, value in flatten(self.run.config).items():
            if key.rpartition(".")[2] in _RATES and number(value) is not None:
                return f"{key} = {value:g}" if isinstance(value, int | float) else ""
        return ""


Rule = Callable[[Evidence], list[Finding]]


def _is_loss(key: str) -> bool:
    return bool(_LOSS.search(key)) and goal_of(key) == LOWER


def late(samples: Sequence[Distribution]) -> Sequence[Distribution]:
    """The second half, in which a training has found its pace."""
    return samples[len(samples) // 2 :]


def typical(samples: Iterable[Distribution], key: str) -> float:
    """The median of a statistic over samples; NaN if none has it."""
    values = [value for sample in samples if (value := sample.get(key)) == value]
    return median(values) if values else float("nan")


def places(names: Sequence[str], most: int = 3) -> str:
    """`0.weight, 2.weight and 4 more`."""
    shown = ", ".join(names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown


def span(samples: Sequence[Distribution]) -> tuple[int, int]:
    """Steps of the first and the last of some samples."""
    return (samples[0].step, samples[-1].step) if samples else (0, 0)


def short(value: float) -> float:
    """As many digits as a number in a sentence is worth."""
    return float(f"{value:.3g}")


def numbers_by_name(pairs: Iterable[tuple[str, float]], most: int = 12) -> dict[str, Any]:
    """Evidence of several layers."""
    return {name: short(value) for name, value in list(pairs)[:most]}
