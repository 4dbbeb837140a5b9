"""Honest numbers over seeds: groups of replicates in a list, and two of them compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import orjson

from gitexp.query import significance
from gitexp.query.listing import differing_config, headlines
from gitexp.query.runs import Found, Runs
from gitexp.schema.clock import from_iso
from gitexp.schema.headline import headline_metrics
from gitexp.schema.listing import AGE, NAME, VALUE, Column, Listing
from gitexp.schema.metrics import LOWER, MetricSummary, json_number
from gitexp.schema.replicates import (
    Comparison,
    Facts,
    ReplicateDiff,
    Sample,
    is_seed,
    replicate_groups,
    replicate_key,
    sample_of,
)
from gitexp.schema.run import Run
from gitexp.schema.tree import flatten

_CONFIG_SHOWN = 12
_METRICS = 4  # that groups are compared by
_GROUPS = 30  # that are compared with the best


def list_replicates(runs: Runs, chosen: Iterable[Found], limit: int | None = None) -> Listing:
    """A row for each group of replicates, the newest first; single runs are groups of one.

    Args:
        runs: where they are from.
        chosen: the runs to group; those that did not finish are left out.
        limit: how many groups; None: all.
    """
    sound = {found.id: found for found in chosen if found.error is None}
    groups = replicate_groups(found.peek() for found in sound.values())
    shown = groups[:limit]
    first = [sound[str(group[0]["id"])] for group in shown]
    keys = [key for key in differing_config(first) if not is_seed(key)][:_CONFIG_SHOWN]
    metrics = headlines([sound[str(facts["id"])] for group in shown for facts in group])
    columns = [
        Column("name", "newest", NAME),
        Column("n", "n", VALUE, rank=1),
        Column("age", "age", AGE, rank=4),
        *(Column(f"config.{key}", key, VALUE, rank=3 + i) for i, key in enumerate(keys)),
        *(
            Column(f"metrics.{key}", key, VALUE, goal, 2 + i)
            for i, (key, goal) in enumerate(metrics)
        ),
    ]
    rows = []
    for group in shown:
        config = flatten(group[0].get("config") or {})
        age = runs.now_s - from_iso(group[0]["created_at"])
        samples = [sample_of(group, key) for key, _ in metrics]
        rows.append(
            (group[0]["name"], len(group), age, *(config.get(key) for key in keys),
             *(_mean_words(sample) for sample in samples))
        )  # fmt: skip
    return Listing(
        tuple(columns), tuple(rows), tuple(str(row[0]) for row in rows), (None,) * len(rows),
        len(groups), len(shown) < len(groups), "replicate group",
    )  # fmt: skip


def _mean_words(sample: Sample) -> str | None:
    from gitexp.render.statistics import mean_words

    return mean_words(sample, sample.sd) if sample.n or sample.left_out else None


def compare_replicates(runs: Runs, first: Found, second: Found) -> ReplicateDiff | None:
    """Compare two runs with all their replicates; None: neither has any, or they are one group.

    Metrics are compared by their last values: Welch's t-test and a bootstrap interval of the
    difference of the means, where both have at least two replicates.

    Raises:
        MalformedRun: one of the two cannot be read.
    """
    keys = [replicate_key(found.run.to_json()) for found in (first, second)]
    if None in keys or keys[0] == keys[1]:
        return None
    groups: list[list[Facts]] = []
    marks = [_marks(found.run.to_json()) for found in (first, second)]
    by_key: dict[str, list[Facts]] = {key: [] for key in keys if key is not None}
    for found in runs.scan():
        raw = found.to_json() if found.error is None else b""
        if not any(all(mark in raw for mark in some) for some in marks):
            continue
        facts = found.peek()
        key = replicate_key(facts)
        if key is not None and key in by_key:
            by_key[key].append(facts)
    for key in keys:
        group = replicate_groups(by_key[str(key)])
        groups.append(group[0] if group else [])
    if max(map(len, groups)) < 2:
        return None
    shared = [
        (key, goal)
        for key, goal in headlines([first, second])
        if all(key in found.run.metrics for found in (first, second))
    ]
    comparisons = [
        Comparison(key, goal, (sample_of(groups[0], key), sample_of(groups[1], key)))
        for key, goal in shared
    ]
    tested = significance.has_scipy()
    if tested:
        comparisons = significance.holm(list(map(significance.compare_means, comparisons)))
    names = [tuple(str(facts["name"]) for facts in group) for group in groups]
    return ReplicateDiff(
        (first.name, second.name), (names[0], names[1]), tuple(comparisons), tested
    )


def compare_groups(runs: Sequence[Run]) -> tuple[ReplicateDiff, ...]:
    """Compare all groups of at least two replicates among some runs with the best of them.

    The best is the one with the best mean of the first metric that has a goal; without such a
    metric, the first. p-values are adjusted for all comparisons together. Empty where there are
    not two such groups.

    Args:
        runs: any; groups are told by the headline metrics that they share.
    """
    groups = [g for g in replicate_groups(run.to_json() for run in runs) if len(g) > 1]
    if len(groups) < 2:
        return ()
    by_id = {run.id: run for run in runs}
    metrics: dict[str, MetricSummary] = {}
    for group in groups:
        metrics = {**by_id[str(group[0]["id"])].metrics, **metrics}
    keys = headline_metrics(metrics, _METRICS)
    judged = next((key for key in keys if metrics[key].goal), None)
    best = groups[0]
    if judged is not None:
        sign = 1 if metrics[judged].goal == LOWER else -1
        known = [group for group in groups if sample_of(group, judged).n]
        best = min(known, key=lambda g: sign * sample_of(g, judged).mean, default=best)
    others = [group for group in groups if group is not best][:_GROUPS]
    pairs = [
        (group, Comparison(key, metrics[key].goal, (sample_of(best, key), sample_of(group, key))))
        for group in others
        for key in keys
        if sample_of(best, key).n and sample_of(group, key).n
    ]
    comparisons = [comparison for _, comparison in pairs]
    tested = significance.has_scipy()
    if tested:
        comparisons = significance.holm(list(map(significance.compare_means, comparisons)))
    found = []
    for group in others:
        own = [c for (of, _), c in zip(pairs, comparisons, strict=True) if of is group]
        names = [tuple(str(facts["name"]) for facts in side) for side in (best, group)]
        first = (names[0][0], names[1][0])
        found.append(ReplicateDiff(first, (names[0], names[1]), tuple(own), tested))
    return tuple(found)


def _marks(facts: Facts) -> list[bytes]:
    """What the text of every replicate's run.json holds: most runs of others lack some of it."""
    tree = (facts.get("git") or {}).get("code_tree")
    return [orjson.dumps({"code_tree": tree})[1:-1], *_leaves(facts.get("config") or {})]


def _leaves(config: Facts) -> Iterator[bytes]:
    for key, value in config.items():
        if isinstance(value, dict) and value:
            yield from _leaves(value)
        elif not is_seed(key):
            yield orjson.dumps({key: value})[1:-1]


def replicates_data(chosen: Iterable[Found], limit: int | None = None) -> list[dict[str, Any]]:
    """`list_replicates` for programs: runs, config without seeds, and each metric's figures."""
    facts = [found.peek() for found in chosen if found.error is None]
    return [_group_data(group) for group in replicate_groups(facts)[:limit]]


def _group_data(group: Sequence[Facts]) -> dict[str, Any]:
    config = flatten(group[0].get("config") or {})
    keys = dict.fromkeys(key for facts in group for key in facts.get("metrics") or {})
    samples = {key: sample_of(group, key) for key in keys}
    return {
        "runs": [facts["name"] for facts in group],
        "config": {key: value for key, value in config.items() if not is_seed(key)},
        "metrics": {
            key: {
                "n": sample.n,
                "mean": json_number(sample.mean),
                "sd": sample.sd,
                "not_finite": sample.left_out,
            }
            for key, sample in samples.items()
        },
    }
