"""Watched tensors folded in bounded memory."""

from __future__ import annotations

import itertools
import math
from typing import Any

import pytest

from gitexp.schema.histogram import WatchFold


def line(update: int, **changes: Any) -> dict[str, Any]:
    return {
        "_step": update, "_update": update, "kind": "gradient", "name": "a.weight",
        "module": "Linear", "count": 4, "norm": 1.0, "max": 1.0, **changes,
    }  # fmt: skip


def test_samples_of_a_long_run_are_thinned() -> None:
    fold = WatchFold()
    for update in range(10_000):
        fold.add(line(update))
    (history,) = fold.of("gradient")
    updates = [sample.update for sample in history.samples]
    assert 100 < len(updates) <= 257
    assert updates[0] == 0
    assert updates[-1] > 9_900
    assert len(set(b - a for a, b in itertools.pairwise(updates))) == 1


def test_the_first_that_is_not_finite_is_remembered() -> None:
    fold = WatchFold()
    for update in range(1_000):
        fold.add(line(update, norm="NaN" if update >= 701 else 1.0))
    (history,) = fold.of("gradient")
    assert history.first_bad is not None
    assert history.first_bad.update == 701


@pytest.mark.parametrize(
    "odd",
    [{"kind": "weights"}, {"name": 3}, {"_step": "1"}, {"kind": None}],
)
def test_what_is_no_line_is_passed_over(odd: dict[str, Any]) -> None:
    fold = WatchFold()
    fold.add({**line(0), **odd})
    assert fold.tensors == {}


def test_a_statistic_that_is_not_there_is_nan() -> None:
    fold = WatchFold()
    fold.add(line(0, norm=[1], units="many"))
    (history,) = fold.of("gradient")
    assert math.isnan(history.samples[0].get("units"))
    assert not history.samples[0].finite
