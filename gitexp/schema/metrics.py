"""Metrics: rows, their summaries, and which direction is better."""

from __future__ import annotations

import fnmatch
import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitexp.schema.tree import non_finite, number

LOWER, HIGHER = "lower", "higher"

_MOST_OTHERS = 1_000

# Whole words of a metric's name, the last that matches decides: val_loss, train/top1_acc, f1.
_LOWER = (
    "loss losses error errors err perplexity ppl mse rmse mae mape cost nll bpc bpb wer cer fid "
    "kl latency time seconds duration regret divergence logloss deviance energy entropy"
)
_HIGHER = (
    "acc accuracy f1 auc auroc auprc ap map precision recall r2 score reward return returns bleu "
    "rouge iou miou dice psnr ssim top1 top5 throughput mfu elbo likelihood correct win"
)
_LOWER_WORDS, _HIGHER_WORDS = frozenset(_LOWER.split()), frozenset(_HIGHER.split())


def goal_of(name: str) -> str | None:
    """`lower` or `higher` by a metric's name; None where the name does not tell."""
    for word in reversed(
        re.findall(r"[a-z]+\d*", re.sub(r"([a-z])([A-Z])", r"\1 \2", name).lower())
    ):
        if word in _LOWER_WORDS:
            return LOWER
        if word in _HIGHER_WORDS:
            return HIGHER
    return None


@dataclass(frozen=True, slots=True)
class MetricSummary:
    """One metric over a whole run; NaN never is a minimum or maximum."""

    count: int
    last: float
    last_step: int
    min: float | None = None
    min_step: int | None = None
    max: float | None = None
    max_step: int | None = None
    goal: str | None = None

    @property
    def best(self) -> float | None:
        """The minimum, maximum or (without a goal) None."""
        return self.min if self.goal == LOWER else self.max if self.goal == HIGHER else None

    @property
    def best_step(self) -> int | None:
        """Where `best` was first reached."""
        if self.goal is None:
            return None
        return self.min_step if self.goal == LOWER else self.max_step

    def to_json(self) -> dict[str, Any]:
        """As it stands in run.json."""
        return {
            "count": self.count,
            "last": json_number(self.last),
            "last_step": self.last_step,
            "min": json_number(self.min),
            "min_step": self.min_step,
            "max": json_number(self.max),
            "max_step": self.max_step,
            "goal": self.goal,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> MetricSummary:
        """The way back from `to_json`."""
        last = number(data.get("last"))
        return cls(
            count=int(data.get("count", 0)),
            last=math.nan if last is None else last,
            last_step=int(data.get("last_step", 0)),
            min=number(data.get("min")),
            min_step=data.get("min_step"),
            max=number(data.get("max")),
            max_step=data.get("max_step"),
            goal=data.get("goal"),
        )


def json_number(value: float | None) -> float | int | str | None:
    """A number as JSON may hold it: non-finite ones are strings."""
    if value is None or math.isfinite(value):
        return value
    return non_finite(value)


@dataclass(frozen=True, slots=True)
class MetricRule:
    """What `define_metric` says of the metrics whose name matches a glob."""

    pattern: str
    goal: str | None = None
    step_metric: str | None = None
    summary: tuple[str, ...] = ()
    hidden: bool = False

    def matches(self, name: str) -> bool:
        """Whether the rule speaks of this metric."""
        return name == self.pattern or fnmatch.fnmatchcase(name, self.pattern)


@dataclass(slots=True)
class MetricFold:
    """Summary of one metric, row by row."""

    count: int = 0
    last: float = math.nan
    last_step: int = 0
    min: float = math.inf
    min_step: int | None = None
    max: float = -math.inf
    max_step: int | None = None
    total: float = 0.0
    first: float = math.nan
    raw: Any = None  # the last value as it stands in the file: 3 and True are no floats there

    def add(self, step: int, value: float) -> None:
        """Take in the next value; steps never decrease."""
        if not self.count:
            self.first = value
        self.count += 1
        self.last, self.last_step = value, step
        self.total += value
        if value < self.min or (self.min_step is None and value == math.inf):
            self.min, self.min_step = value, step
        if value > self.max or (self.max_step is None and value == -math.inf):
            self.max, self.max_step = value, step

    def aspects(self, wanted: Collection[str], goal: str | None) -> dict[str, float]:
        """Some of min, max, mean, first, last, best, as `define_metric(summary=)` names them."""
        best = self.max if goal == HIGHER else self.min
        mean = self.total / self.count if self.count else math.nan
        known = {
            "min": self.min if self.min_step is not None else math.nan,
            "max": self.max if self.max_step is not None else math.nan,
            "mean": mean,
            "best": best if self.min_step is not None else math.nan,
            "first": self.first,
            "last": self.last,
        }
        return {name: value for name, value in known.items() if name in wanted}

    def summary(self, goal: str | None) -> MetricSummary:
        """What is known so far."""
        return MetricSummary(
            self.count,
            self.last,
            self.last_step,
            None if self.min_step is None else self.min,
            self.min_step,
            None if self.max_step is None else self.max,
            self.max_step,
            goal,
        )


@dataclass(slots=True)
class MetricsFold:
    """Summaries of all metrics, fed with the rows of metrics.jsonl in order."""

    rules: list[MetricRule] = field(default_factory=list)
    folds: dict[str, MetricFold] = field(default_factory=dict)
    rows: int = 0
    # Newest step and value of what is no number: texts, lists, media.
    others: dict[str, tuple[int, Any]] = field(default_factory=dict)
    # Keys of the summary that the user set, and when; those that were logged after that.
    set_at: dict[str, float] = field(default_factory=dict)
    again: set[str] = field(default_factory=set)
    last_step: int | None = None
    last_time_s: float = 0.0  # of that row, since the epoch

    def set_by_user(self, key: str, time_s: float) -> None:
        """The summary of a metric was set; what is logged later counts more."""
        self.set_at[key] = time_s
        self.again.discard(key)

    def add(self, row: Mapping[str, Any]) -> None:
        """Take in one row, `{"_step": …, "_time": …, key: value, …}`."""
        step = row.get("_step")
        if not isinstance(step, int):
            return
        self.rows += 1
        self.last_step, self.last_time_s = step, row.get("_time") or 0.0
        if self.set_at:
            later = (
                k for k in self.set_at.keys() & row.keys() if self.set_at[k] < self.last_time_s
            )
            self.again.update(later)
        for key, raw in row.items():
            value = raw if type(raw) is float else number(raw)
            if value is None or key in ("_step", "_time"):
                if value is None and (key in self.others or len(self.others) < _MOST_OTHERS):
                    self.others[key] = (step, raw)
                continue
            fold = self.folds.get(key)
            if fold is None:
                fold = self.folds[key] = MetricFold()
            fold.add(step, value)
            fold.raw = raw

    def goal(self, name: str) -> str | None:
        """The goal that was defined, else the one that the name tells."""
        for rule in reversed(self.rules):
            if rule.goal and rule.matches(name):
                return rule.goal
        return goal_of(name)

    def asked(self, name: str) -> tuple[str, ...]:
        """What `define_metric(summary=)` asked of a metric; an exact name counts before a glob."""
        rules = [rule for rule in self.rules if rule.summary and rule.matches(name)]
        exact = [rule for rule in rules if rule.pattern == name]
        return (exact or rules)[-1].summary if rules else ()

    def values(self) -> dict[str, float | dict[str, float]]:
        """One value for each metric: its last, or {"min": …} and such where that was asked."""
        shown: dict[str, float | dict[str, float]] = {}
        for name, fold in self.folds.items():
            wanted = self.asked(name)
            if not wanted or "copy" in wanted:
                shown[name] = fold.raw if isinstance(fold.raw, int) else fold.last
            elif found := fold.aspects(wanted, self.goal(name)):
                shown[name] = found
        return shown

    def asked_values(self) -> dict[str, dict[str, float | int | str | None]]:
        """Those that were asked for, as run.json holds them: {"loss": {"min": …}}.

        A metric that is to have none (`summary="none"`) has {}.
        """
        shown = {}
        for name, fold in self.folds.items():
            wanted = self.asked(name)
            if wanted and "copy" not in wanted:
                found = fold.aspects(wanted, self.goal(name))
                shown[name] = {aspect: json_number(value) for aspect, value in found.items()}
        return shown

    def summaries(self) -> dict[str, MetricSummary]:
        """Every metric's summary, in the order of first appearance."""
        return {name: fold.summary(self.goal(name)) for name, fold in self.folds.items()}
