"""One line of histograms.jsonl: how a tensor's numbers were distributed at a sampled update.

    {"_step": 12, "_time": 1700000000.1, "_update": 100, "kind": "gradient",
     "name": "layers.0.weight", "module": "Linear", "count": 65536,
     "mean": 0.0, "std": 0.1, "norm": 25.6, "min": -0.4, "max": 0.4, "zeros": 0.25,
     "bins": [-0.4, 0.4], "counts": [1, 0, 7, …]}

`counts` are of BINS bins of equal width between the two numbers of `bins`; of a large tensor they
count a regular sample of its elements (their sum says how many), while the statistics are of all.
`zeros` is the share of exact zeros. Numbers that are not finite are strings, and such a tensor's
`bins` are null. Further keys: FURTHER below.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitexp.schema.tree import non_finite, number

GRADIENT, PARAMETER, ACTIVATION = "gradient", "parameter", "activation"
KINDS = (GRADIENT, PARAMETER, ACTIVATION)
BINS = 48

# Further keys, where they apply:
FURTHER = {
    "weight_norm": "gradient: the parameter's norm before the update",
    "update_ratio": "gradient: norm of the update / norm of the parameter",
    "units": "rows of a weight (output units), or channels of an activation",
    "silent": "units with nothing but zeros, now",
    "silent_long": "units with nothing but zeros in each of the last LONG samples",
    "alike": "units whose weights and gradients are those of another unit up to a factor",
    "saturated": "activation of tanh, sigmoid and their like: share at an end of its range",
}
LONG = 5  # samples
_STATISTICS = ("mean", "std", "norm", "min", "max", "zeros", *FURTHER)
_MOST_SAMPLES = 256
_MOST_TENSORS = 4000


@dataclass(frozen=True, slots=True)
class Distribution:
    """What is kept of a line beside its bins."""

    step: int  # of the run's log()
    update: int  # steps of the optimizer before this one
    count: int  # elements
    statistics: Mapping[str, float]  # mean, std, …; those that apply

    def get(self, key: str) -> float:
        """A statistic; NaN where it does not apply."""
        return self.statistics.get(key, math.nan)

    @property
    def finite(self) -> bool:
        """Whether the tensor held neither NaN nor an infinity."""
        return math.isfinite(self.get("norm")) and math.isfinite(self.get("max"))


@dataclass(slots=True)
class TensorHistory:
    """One tensor over the samples, steps increasing."""

    kind: str
    name: str
    module: str  # class of the module that owns it
    samples: list[Distribution] = field(default_factory=list)
    first_bad: Distribution | None = None  # the first that was not finite
    _stride: int = 1
    _seen: int = 0

    def add(self, sample: Distribution) -> None:
        """Take in the next sample; of a long run every second, fourth, … is kept."""
        if self.first_bad is None and not sample.finite:
            self.first_bad = sample
        if self._seen % self._stride == 0:
            self.samples.append(sample)
        self._seen += 1
        if len(self.samples) > _MOST_SAMPLES:
            del self.samples[1::2]
            self._stride *= 2


@dataclass(slots=True)
class WatchFold:
    """All tensors that were watched, in bounded memory, fed with lines of histograms.jsonl."""

    tensors: dict[tuple[str, str], TensorHistory] = field(default_factory=dict)

    def add(self, line: Mapping[str, Any]) -> None:
        """Take in a line; one that is none of ours is passed over."""
        kind, name, step = line.get("kind"), line.get("name"), line.get("_step")
        if kind not in KINDS or not isinstance(name, str) or not isinstance(step, int):
            return
        history = self.tensors.get((kind, name))
        if history is None:
            if len(self.tensors) >= _MOST_TENSORS:
                return
            history = TensorHistory(kind, name, str(line.get("module", "")))
            self.tensors[(kind, name)] = history
        found = {key: number(line.get(key)) for key in _STATISTICS}
        update, count = line.get("_update"), line.get("count")
        history.add(
            Distribution(
                step,
                update if isinstance(update, int) else step,
                count if isinstance(count, int) else 0,
                {key: value for key, value in found.items() if value is not None},
            )
        )

    def of(self, kind: str) -> list[TensorHistory]:
        """The tensors of a kind, in the model's order."""
        return [history for history in self.tensors.values() if history.kind == kind]


def plain(value: float) -> float | str:
    """A number as JSON holds it, with the six digits that it is worth."""
    return float(f"{value:.6g}") if math.isfinite(value) else non_finite(value)
