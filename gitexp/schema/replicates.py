"""Runs that differ only in their seed: which they are, and what their numbers come to."""

from __future__ import annotations

import json
import math
import re
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gitexp.schema.run import FINISHED
from gitexp.schema.tree import flatten, number

Facts = Mapping[str, Any]  # a run.json

# Keys of a config, by their last part: seed, random_state, data.seed, torch_seed, seed2.
_SEED = re.compile(r"(.*[._-])?(seeds?\d*|random_?state|rng)", re.IGNORECASE)
_SEED_WORD = re.compile(r"-{0,2}(?P<key>[\w.-]+?)(?P<value>=.*)?")


def is_seed(key: str) -> bool:
    """Whether a config key holds a seed, told by its name."""
    return _SEED.fullmatch(key) is not None


def replicate_key(facts: Facts) -> str | None:
    """The same for runs of the same code, command, folder and config but for seeds.

    None: the run cannot be a replicate; its code is not known, it did not finish, or it repeats
    another one on purpose, with its seed.
    """
    code = (facts.get("git") or {}).get("code_tree")
    repeats = (facts.get("lineage") or {}).get("reproduced_from")
    if not code or facts.get("status") != FINISHED or repeats:
        return None
    config = {k: v for k, v in flatten(facts.get("config") or {}).items() if not is_seed(k)}
    command = _without_seeds(facts.get("command") or ())
    return json.dumps([code, command, facts.get("cwd"), config], sort_keys=True, default=str)


def seeds_of(facts: Facts) -> str | None:
    """The seeds that a run states, to be compared; None: none."""
    seeds = {k: v for k, v in flatten(facts.get("config") or {}).items() if is_seed(k)}
    return json.dumps(seeds, sort_keys=True, default=str) if seeds else None


def _without_seeds(command: Sequence[str]) -> list[str]:
    kept: list[str] = []
    words = iter(command)
    for word in words:
        match = _SEED_WORD.fullmatch(word)
        if match is None or not is_seed(match["key"]):
            kept.append(word)
        elif match["value"] is None and word.startswith("-"):
            next(words, None)  # its value
    return kept


def replicate_groups(runs: Iterable[Facts]) -> list[list[Facts]]:
    """Groups of replicates, in the order of their first run; a seed counts once in each.

    Of several runs with the same seed the first in the order given stays: they are no more
    evidence than one. Runs that state no seed all stay.
    """
    groups: dict[str, dict[str, Facts]] = {}
    for place, facts in enumerate(runs):
        key = replicate_key(facts)
        if key is not None:
            seed = seeds_of(facts) or f"unknown {place}"
            groups.setdefault(key, {}).setdefault(seed, facts)
    return [list(group.values()) for group in groups.values()]


@dataclass(frozen=True, slots=True)
class Sample:
    """One metric's last values over replicates."""

    values: tuple[float, ...]  # finite ones
    left_out: int = 0  # runs whose value is NaN or infinite

    @property
    def n(self) -> int:
        """How many there are."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Their mean; NaN if there are none."""
        return statistics.fmean(self.values) if self.values else math.nan

    @property
    def sd(self) -> float | None:
        """Their standard deviation (n - 1); None: one says nothing of it."""
        return statistics.stdev(self.values) if self.n > 1 else None


def sample_of(group: Iterable[Facts], metric: str) -> Sample:
    """The last values of a metric over a group; runs that do not have it do not count."""
    known = [
        value
        for facts in group
        if (summary := (facts.get("metrics") or {}).get(metric)) is not None
        and (value := number(summary.get("last"))) is not None
    ]
    finite = tuple(value for value in known if math.isfinite(value))
    return Sample(finite, len(known) - len(finite))


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric of two groups of replicates. Differences are the second minus the first."""

    metric: str
    goal: str | None
    samples: tuple[Sample, Sample]
    margins: tuple[float | None, float | None] = (None, None)  # 95 % interval: mean ± margin
    interval: tuple[float, float] | None = None  # 95 %, of the difference, by bootstrap
    p: float | None = None  # Welch's t-test
    p_adjusted: float | None = None  # for all metrics that are compared, by Holm

    @property
    def difference(self) -> float:
        """Of the means."""
        return self.samples[1].mean - self.samples[0].mean


@dataclass(frozen=True, slots=True)
class ReplicateDiff:
    """Two runs' groups of replicates, compared."""

    names: tuple[str, str]  # the runs that were asked about
    runs: tuple[tuple[str, ...], tuple[str, ...]]  # their groups
    comparisons: tuple[Comparison, ...]
    tested: bool  # False: scipy is not installed
