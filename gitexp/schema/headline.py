"""Which metrics a run is judged by, and which ones show the same quantity."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gitexp.schema.metrics import MetricSummary

# Words of a name that say on which data a metric was measured: the lower number is shown first.
_DATA = (
    (0, "val valid validation eval evaluation dev"),
    (1, "test testing holdout"),
    (3, "train training trn tr"),
)
_ROLES = {word: role for role, words in _DATA for word in words.split()}
_NO_ROLE = 2

# Schedules and clocks, and counters: curves that nobody judges a run by. A counter's word beside
# others says only how often something was logged: train_loss_step, train_loss_epoch.
_CLOCKS = (
    "lr learning time seconds duration eta latency throughput norm temperature system gpu cpu "
    "memory"
)
_COUNTERS = "epoch epochs step steps iter iters iteration iterations batch batches progress global"
_CLOCK_WORDS, _COUNTER_WORDS = frozenset(_CLOCKS.split()), frozenset(_COUNTERS.split())
_SPLIT = re.compile(r"[/._\-\s:]+")


LOSS, GOAL, OTHER, CLOCK, COUNTER = range(5)  # kinds of quantities, the telling ones first


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """One quantity, as measured on training, validation and test data."""

    quantity: str  # "loss" of train/loss and val_loss
    keys: tuple[str, ...]  # training first, test and validation after it
    kind: int = OTHER

    @property
    def headline(self) -> str:
        """The key that tells most: the one of validation data, if there is one."""
        return self.keys[-1]


def metric_groups(metrics: Mapping[str, MetricSummary]) -> list[MetricGroup]:
    """All metrics by quantity, the ones that a run is judged by first.

    Losses come first, then what has a goal, then the rest; schedules and clocks, and at last
    counters. A quantity with a validation metric goes before one without; else they stand in the
    order of first appearance.
    """
    found: dict[tuple[str, ...], list[tuple[int, str]]] = {}
    for key in metrics:
        words = tuple(filter(None, _SPLIT.split(key.lower())))
        quantity = tuple(word for word in words if word not in _ROLES)
        role = _NO_ROLE
        if len(quantity) < len(words):
            role = min(_ROLES[word] for word in words if word in _ROLES)
        found.setdefault(quantity, []).append((-role, key))
    ranked = []
    for order, (quantity, members) in enumerate(found.items()):
        members.sort(key=lambda member: member[0])  # stable: appearance within a role
        keys = tuple(key for _, key in members)
        kind = _kind(frozenset(quantity), any(metrics[key].goal for key in keys))
        rank = (kind, members[-1][0] < 0, order)
        ranked.append((rank, MetricGroup("/".join(quantity) or keys[0], keys, kind)))
    ranked.sort(key=lambda entry: entry[0])
    return [group for _, group in ranked]


def headline_metrics(metrics: Mapping[str, MetricSummary], limit: int = 3) -> list[str]:
    """The keys to show where there is room for `limit`: one of each quantity, validation first.

    Schedules and counters are named only where there is nothing else.
    """
    groups = metric_groups(metrics)
    judged = [group for group in groups if group.kind < CLOCK] or groups
    return [group.headline for group in judged[:limit]]


def _kind(words: frozenset[str], goal: bool) -> int:
    if words and words <= _COUNTER_WORDS:
        return COUNTER
    if not words.isdisjoint(_CLOCK_WORDS):
        return CLOCK
    return LOSS if "loss" in words else GOAL if goal else OTHER
