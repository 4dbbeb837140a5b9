"""What the report says over seeds: runs that differ only in their seed, as one row each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gitexp.render import text
from gitexp.render.facts import arrow
from gitexp.render.statistics import mean_words
from gitexp.schema.headline import headline_metrics
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.replicates import replicate_groups, sample_of
from gitexp.schema.view import RunView

_METRICS = 4


class SeedGroup(NamedTuple):
    """A group of replicates."""

    places: tuple[int, ...]  # of its runs in the report, from 0
    means: tuple[str, ...]  # of each metric


@dataclass(frozen=True, slots=True)
class SeedSection:
    """All groups of at least two runs."""

    metrics: tuple[str, ...]
    rows: tuple[SeedGroup, ...]


def seed_section(views: Sequence[RunView]) -> SeedSection | None:
    """Mean and standard deviation of the metrics that runs are judged by; None: no replicates."""
    runs = [view.run for view in views]
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
    return SeedSection(tuple(titles), tuple(rows))
