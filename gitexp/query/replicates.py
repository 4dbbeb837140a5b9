"""Honest numbers over seeds: groups of replicates in a list, and two of them compared."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson

from gitexp.query.listing import differing_config, headlines
from gitexp.query.runs import Found, Runs
from gitexp.schema.clock import from_iso
from gitexp.schema.listing import AGE, NAME, VALUE, Column, Listing
from gitexp.schema.metrics import json_number
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
from gitexp.schema.tree import flatten

_RESAMPLES = 4999
_CONFIG_SHOWN = 12


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
    tested = _has_scipy()
    if tested:
        comparisons = _holm([_test(comparison) for comparison in comparisons])
    names = [tuple(str(facts["name"]) for facts in group) for group in groups]
    return ReplicateDiff(
        (first.name, second.name), (names[0], names[1]), tuple(comparisons), tested
    )


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


def _has_scipy() -> bool:
    from importlib.util import find_spec

    return find_spec("scipy") is not None


def _test(comparison: Comparison) -> Comparison:
    """Margins of both means, and what sets them apart."""
    import numpy as np

    first, second = comparison.samples
    margins = (_margin(first), _margin(second))
    if first.n < 2 or second.n < 2:
        return replace(comparison, margins=margins)
    if not first.sd and not second.sd:
        return replace(comparison, margins=margins)  # no spread: a test means nothing
    p = _welch(first, second)
    # Each side drawn anew from itself; the seed makes the same runs give the same interval.
    dice = np.random.default_rng(0)
    means = [
        dice.choice(np.asarray(sample.values), (_RESAMPLES, sample.n)).mean(axis=1)
        for sample in (first, second)
    ]  # (resamples,) each
    low, high = np.percentile(means[1] - means[0], [2.5, 97.5])
    return replace(comparison, margins=margins, interval=(float(low), float(high)), p=p)


def _welch(first: Sample, second: Sample) -> float:
    """The p-value of Welch's t-test, two-sided.

    scipy.stats has it, too, and takes a second to import; the distribution here is scipy's.

    Source: B. L. Welch, "The Generalization of 'Student's' Problem when Several Different
    Population Variances are Involved", 1947.
    """
    from scipy.special import stdtr

    errors = [(sample.sd or 0.0) ** 2 / sample.n for sample in (first, second)]
    total = sum(errors)
    if not total:  # spreads too small for their squares
        return 0.0 if first.mean != second.mean else 1.0
    shares = zip(errors, (first, second), strict=True)
    freedom = 1 / sum((error / total) ** 2 / (sample.n - 1) for error, sample in shares)
    t = (second.mean - first.mean) / math.sqrt(total)
    return float(2 * stdtr(freedom, -abs(t)))


def _margin(sample: Sample) -> float | None:
    """Half the 95 % interval of the mean, by Student's t."""
    from scipy.special import stdtrit

    if sample.sd is None:
        return None
    return float(stdtrit(sample.n - 1, 0.975)) * sample.sd / math.sqrt(sample.n)


def _holm(comparisons: Sequence[Comparison]) -> list[Comparison]:
    """Adjust the p-values for how many there are.

    Source: S. Holm, "A Simple Sequentially Rejective Multiple Test Procedure", 1979.
    """
    tested = sorted((c.p, i) for i, c in enumerate(comparisons) if c.p is not None)
    adjusted = list(comparisons)
    largest = 0.0
    for rank, (p, i) in enumerate(tested):
        largest = max(largest, min(1.0, p * (len(tested) - rank)))
        adjusted[i] = replace(comparisons[i], p_adjusted=largest)
    return adjusted


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
