"""Whether a difference over seeds is more than noise: Welch's t-test, a bootstrap, Holm."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from gitexp.schema.replicates import Comparison, Sample

_RESAMPLES = 4999


def has_scipy() -> bool:
    """Whether the tests can be made."""
    from importlib.util import find_spec

    return find_spec("scipy") is not None


def compare_means(comparison: Comparison) -> Comparison:
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


def holm(comparisons: Sequence[Comparison]) -> list[Comparison]:
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
