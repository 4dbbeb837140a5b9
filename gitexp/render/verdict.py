"""What came of running a run again, in words: for show, README.md, the report and reproduce."""

from __future__ import annotations

import math

from gitexp.render import text
from gitexp.schema.run import Run
from gitexp.schema.verdict import EQUAL, FAILED, NOTHING, ORIGINAL, WITHIN, Verdict

_SHOWN = 5


def verdict_lines(run: Run) -> list[str]:
    """A line for each repetition of the run and for what it repeats itself, newest first."""
    lines = [_line(verdict) for verdict in reversed(run.verdicts)]
    if len(lines) > _SHOWN:
        lines = [*lines[:_SHOWN], f"… and {text.plural(len(lines) - _SHOWN, 'time')} more"]
    return lines


def verdict_sign(verdict: Verdict) -> str:
    """✓ reproduced, ✗ not."""
    return "✓" if verdict.outcome in (EQUAL, WITHIN) else "✗"


def verdict_words(verdict: Verdict) -> str:
    """How it came out: `bit-equal: 3 metrics in 300 points, 12 tensors`."""
    words = [text.one_line(verdict.outcome)]
    compared = []
    if verdict.metrics:
        metrics = text.plural(verdict.metrics, "metric")
        compared.append(f"{metrics} in {text.plural(verdict.points, 'point')}")
    if verdict.tensors:
        compared.append(text.plural(verdict.tensors, "tensor"))
    if verdict.outcome == EQUAL:
        return f"{words[0]}: {', '.join(compared)}" if compared else words[0]
    if verdict.outcome in (FAILED, NOTHING):
        return words[0]
    parts = []
    if verdict.metric is not None:
        parts.append(
            f"{text.one_line(verdict.metric)} parts at step {verdict.step} "
            f"({_value(verdict.original_value)} → {_value(verdict.repeat_value)})"
        )
    if verdict.largest is not None and math.isfinite(verdict.largest):
        parts.append(f"at most {text.percent(100 * verdict.largest)} apart")
    if verdict.differing_tensors:
        moved = (
            f" by {text.percent(100 * verdict.tensor_distance)}"
            if verdict.tensor_distance is not None
            else ""
        )
        parts.append(f"{verdict.differing_tensors} of {verdict.tensors} tensors differ{moved}")
    if verdict.environment:
        parts.append(f"{text.plural(len(verdict.environment), 'difference')} in the environment")
    return f"{words[0]}: {', '.join(parts)}" if parts else words[0]


def _line(verdict: Verdict) -> str:
    other = text.cut(text.one_line(verdict.run), 100)
    whose = f"repeats {other}" if verdict.role == ORIGINAL else f"repeated by {other}"
    return f"{verdict_sign(verdict)} {whose}: {verdict_words(verdict)}"


def _value(value: float | None) -> str:
    return "no value" if value is None else text.number(value, 8)
