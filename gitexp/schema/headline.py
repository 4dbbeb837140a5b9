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


@dataclass(frozen=True, slots=True)
class MetricGroup:
    """One quantity, as measured on training, validation and test data."""

    quantity: str  # "loss" of train/loss and val_loss
    keys: tuple[str, ...]  # training first, validation and test after it


def metric_groups(metrics: Mapping[str, MetricSummary]) -> list[MetricGroup]:
    """All metrics by quantity, the ones that a run is judged by first.

    Losses come first, then what has a goal, then the rest; schedules, counters and clocks come
    last. A quantity with a validation metric goes before one without; else they stand in the
    order of first appearance.
    """
    found: dict[str, list[tuple[int, str]]] = {}
    for key in metrics:
        words = _SPLIT.split(key.lower())
        role = min((_ROLES[word] for word in words if word in _ROLES), default=_NO_ROLE)
        quantity = "/".join(word for word in words if word and word not in _ROLES)
        found.setdefault(quantity, []).append((role, key))
    ranked = []
    for order, (quantity, members) in enumerate(found.items()):
        members.sort(key=lambda member: -member[0])  # stable: appearance within a role
        keys = tuple(key for _, key in members)
        goal = any(metrics[key].goal for key in keys)
        loss = "loss" in _SPLIT.split(quantity)
        rank = (
            3 if _beside(quantity) else 0 if loss else 1 if goal else 2,
            not any(role == 0 for role, _ in members),
            order,
        )
        ranked.append((rank, MetricGroup(quantity or keys[0], keys)))
    return [group for _, group in sorted(ranked, key=lambda entry: entry[0])]


def headline_metrics(metrics: Mapping[str, MetricSummary], limit: int = 3) -> list[str]:
    """The keys to show where there is room for `limit`: one of each quantity, validation first.

    Schedules and counters are named only where there is nothing else.
    """
    groups = metric_groups(metrics)
    judged = [group for group in groups if not _beside(group.quantity)] or groups
    return [min(group.keys, key=_role) for group in judged[:limit]]


def _role(key: str) -> int:
    return min((_ROLES.get(word, _NO_ROLE) for word in _SPLIT.split(key.lower())), default=2)


def _beside(quantity: str) -> bool:
    words = frozenset(_SPLIT.split(quantity.lower()))
    return not words.isdisjoint(_CLOCK_WORDS) or words <= _COUNTER_WORDS
