"""What the report says over seeds: runs that differ only in their seed, as one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gitexp.render import text
from gitexp.render.facts import arrow
from gitexp.render.statistics import comparison_words, conclusion, many_words, mean_words
from gitexp.schema.headline import headline_metrics
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.replicates import ReplicateDiff, replicate_groups, sample_of
from gitexp.schema.run import Run

_METRICS = 4


class SeedGroup(NamedTuple):
    """A group of replicates."""

    places: tuple[int, ...]  # of its runs in the report, from 0
    means: tuple[str, ...]  # of each metric


class SeedTest(NamedTuple):
    """One metric of a group beside that of the best group."""

    place: int  # of the group's first run in the report, from 0
    metric: str
    difference: str
    p: str
    words: str


@dataclass(frozen=True, slots=True)
class SeedSection:
    """All groups of at least two runs."""

    metrics: tuple[str, ...]
    rows: tuple[SeedGroup, ...]
    best: int | None = None  # place of the first run of the group that others are compared with
    tests: tuple[SeedTest, ...] = ()
    note: str = ""  # what many tests mean, or that there are none


def seed_section(
    runs: Sequence[Run], compared: Sequence[ReplicateDiff] = ()
) -> SeedSection | None:
    """Mean and standard deviation of the metrics that runs are judged by; None: no replicates.

    Args:
        runs: of the report.
        compared: groups of theirs, each beside the best one.
    """
    groups = [group for group in replicate_groups(run.to_json() for run in runs) if len(group) > 1]
    if not groups:
        return None
    places = {run.id: place for place, run in enumerate(runs)}
    metrics: dict[str, MetricSummary] = {}
    for group in groups:
        for facts in group:
            metrics = {**runs[places[str(facts["id"])]].metrics, **metrics}
    keys = headline_metrics(metrics, _METRICS)
    rows = []
    for group in groups:
        samples = [sample_of(group, key) for key in keys]
        rows.append(
            SeedGroup(
                tuple(places[str(facts["id"])] for facts in group),
                tuple(mean_words(sample, sample.sd) for sample in samples),
            )
        )
    titles = (f"{text.one_line(key)} {arrow(metrics[key])}".strip() for key in keys)
    named = {run.name: place for place, run in enumerate(runs)}
    tests = [
        SeedTest(
            named[diff.names[1]],
            text.one_line(comparison.metric),
            *comparison_words(comparison, diff.tested)[3:],
            conclusion(comparison, diff),
        )
        for diff in compared
        if diff.tested and set(diff.names) <= named.keys()
        for comparison in diff.comparisons
    ]
    note = many_words(compared)
    if any(not diff.tested for diff in compared):
        note = "Whether that is more than noise is tested where scipy is installed."
    best = named.get(compared[0].names[0]) if tests else None
    return SeedSection(tuple(titles), tuple(rows), best, tuple(tests), note)
