"""A thinned curve has the distribution of the whole one, and its first NaN."""

from __future__ import annotations

import math
import random
from statistics import median

from gitexp.schema.thinned import LossCurves, ThinnedSeries


def test_spread_and_middle_are_those_of_the_whole_curve() -> None:
    random.seed(0)
    values = [random.lognormvariate(0, 1) for _ in range(50_000)]
    thinned = ThinnedSeries()
    for step, value in enumerate(values):
        thinned.add(step, float(step), value)
    kept = list(thinned.series.values)
    assert 400 < len(kept) <= 1024
    assert abs(median(kept) - median(values)) < 0.1
    assert abs(sorted(kept)[len(kept) // 10] - sorted(values)[5_000]) < 0.05
    steps = list(thinned.series.steps)
    assert steps == sorted(steps)
    assert steps[0] == 0
    assert steps[-1] > 49_000


def test_the_first_nan_is_kept() -> None:
    thinned = ThinnedSeries()
    for step in range(10_000):
        thinned.add(step, 0.0, math.nan if step >= 1233 else 1.0)
    bad = [s for s, v in zip(thinned.series.steps, thinned.series.values, strict=True) if v != v]
    assert bad[0] == 1233


def test_only_what_is_made_small_is_kept() -> None:
    curves = LossCurves()
    curves.add_row({"_step": 0, "_time": 1.0, "train/loss": 1, "acc": 2.0, "grad_norm": "NaN"})
    curves.add_row({"_step": "x", "_time": 1.0, "val_loss": 1})
    assert list(curves.series()) == ["train/loss", "grad_norm"]
