"""Numbers over replicates in words: `0.512 ± 0.03`, and whether they differ by more than noise."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gitexp.render import text
from gitexp.render.terminal_text import Cell, Paint, columns
from gitexp.schema.metrics import json_number
from gitexp.schema.replicates import Comparison, ReplicateDiff, Sample

_ALPHA = 0.05
_MANY = 5  # comparisons, from which on luck is likely to be among them


def mean_words(sample: Sample, margin: float | None) -> str:
    """`0.512 ± 0.03`, as many digits as the margin has sense for; `(1 not finite)` behind it."""
    words = text.NONE
    if sample.n:
        words = text.number(sample.mean, _digits(sample.mean, margin))
        if margin is not None:
            words += f" ± {text.number(margin, 2)}"
    return f"{words} ({sample.left_out} not finite)" if sample.left_out else words


def replicates_block(diff: ReplicateDiff, *, colour: bool) -> str:
    """What `gitexp diff` says about two runs over their seeds."""
    paint = Paint(colour)
    counts = [text.plural(len(group), "run") for group in diff.runs]
    names = [text.one_line(name) for name in diff.names]
    lines = [
        paint("Over seeds", "bold"),
        f"  {names[0]}: {counts[0]}, {names[1]}: {counts[1]} that differ only in their seed",
    ]
    spread = "mean ± 95 % interval" if diff.tested else "mean ± standard deviation"
    head = ["metric", names[0], names[1], "difference", "p"]
    table = [[Cell(word, "dim", i > 0) for i, word in enumerate(head)]]
    table += [
        [Cell(word, right=i > 0) for i, word in enumerate(comparison_words(c, diff.tested))]
        for c in diff.comparisons
    ]
    lines += columns(table, paint, indent="  ")
    lines += [f"  {line}" for line in conclusions(diff)]
    lines.append(paint(f"  {spread}, of the last values", "dim"))
    return "".join(f"{line}\n" for line in lines)


def conclusions(diff: ReplicateDiff) -> list[str]:
    """Plain words on each metric, and a warning where there are many."""
    lines = [f"{text.one_line(c.metric)}: {conclusion(c, diff)}" for c in diff.comparisons]
    if warning := many_words([diff]):
        lines.append(f"warning: {warning}")
    if not diff.tested:
        lines.append("scipy tests whether that is more than noise: pip install 'gitexp[stats]'")
    return lines


def many_words(diffs: Sequence[ReplicateDiff]) -> str:
    """What many comparisons mean; empty: there are few."""
    count = sum(c.p is not None for diff in diffs for c in diff.comparisons)
    if count < _MANY:
        return ""
    chance = 100 * (1 - (1 - _ALPHA) ** count)
    return (
        f"{count} comparisons at once; were there no difference at all, the chance of at least "
        f"one p below {_ALPHA} would be {text.percent(chance)}. What is said above is adjusted "
        "for that (Holm)"
    )


def replicates_json(diff: ReplicateDiff) -> dict[str, Any]:
    """The same as data."""
    return {
        "names": diff.names,
        "runs": diff.runs,
        "metrics": [
            {
                "metric": c.metric,
                "goal": c.goal,
                "n": [sample.n for sample in c.samples],
                "not_finite": [sample.left_out for sample in c.samples],
                "mean": [json_number(sample.mean) for sample in c.samples],
                "sd": [sample.sd for sample in c.samples],
                "margin": c.margins,
                "difference": json_number(c.difference),
                "interval": c.interval,
                "p": c.p,
                "p_adjusted": c.p_adjusted,
                "conclusion": conclusion(c, diff),
            }
            for c in diff.comparisons
        ],
    }


def comparison_words(comparison: Comparison, tested: bool) -> tuple[str, str, str, str, str]:
    """The metric, both means with their spread, the difference with its interval, the p-value."""
    first, second = comparison.samples
    margins = comparison.margins if tested else (first.sd, second.sd)
    difference = text.signed(comparison.difference)
    if comparison.interval is not None:
        low, high = (text.signed(bound, 3) for bound in comparison.interval)
        difference += f" [{low}, {high}]"
    return (
        text.one_line(comparison.metric),
        mean_words(first, margins[0]),
        mean_words(second, margins[1]),
        difference,
        text.NONE if comparison.p is None else text.number(comparison.p, 2),
    )


def conclusion(comparison: Comparison, diff: ReplicateDiff) -> str:
    """What can be said of one metric: `narrow-1 is lower, better, by more than noise`."""
    first, second = comparison.samples
    name = text.one_line(diff.names[1])
    if not first.n or not second.n:
        return "no finite values on one side"
    if first.n < 2 or second.n < 2:
        which = text.one_line(diff.names[0 if first.n < 2 else 1])
        return f"{which} has a single run, so nothing can be said; run it with other seeds"
    if not first.sd and not second.sd:
        same = comparison.difference == 0
        return "the same in every run" if same else "different, and without any spread over seeds"
    if comparison.p_adjusted is None:
        return "not tested"
    if comparison.p_adjusted >= _ALPHA:
        return "no more than noise, as far as these runs can tell"
    lower = comparison.difference < 0
    word = "lower" if lower else "higher"
    better = ""
    if comparison.goal is not None:
        better = ", better" if lower == (comparison.goal == "lower") else ", worse"
    return f"{name} is {word}{better}, by more than noise"


def _digits(mean: float, margin: float | None) -> int:
    """Significant digits of a mean, down to the second one of its margin."""
    if not margin or not mean or not math.isfinite(margin):
        return 4
    places = math.floor(math.log10(abs(mean))) - math.floor(math.log10(margin))
    return min(10, max(2, places + 2))
