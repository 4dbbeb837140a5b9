"""A diff's figures in words, for the terminal and for Markdown alike."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Sequence
from typing import Any

from gitexp.render import text
from gitexp.render.hardware import hardware_name, hardware_value
from gitexp.schema.diff import WORKING_TREE, CheckpointDelta, CodeDelta, MetricDelta, RunDiff

_ABSENT = "(none)"
_TIMES = "\u00d7"  # in place of thousands of per cent
_TITLES = {"co2_g": "CO₂"}


def numbers(values: Sequence[float | None]) -> list[str]:
    """Values in as many digits as it takes to tell the different ones apart."""
    different = len({repr(value) for value in values})
    for digits in (4, 6, 8, 10, 17):
        words = [text.number(value, digits) for value in values]
        if len(set(words)) == different:
            break
    return words


def delta_words(metric: MetricDelta, which: int, *, short: bool = False) -> str:
    """`-0.0023 (-18.7%) better`, `short`: `-18.7% better`; nothing where nothing compares."""
    delta = metric.delta(which)
    if delta is None or delta != delta:
        return ""
    if delta == 0:
        return "same"
    share, base = metric.delta_pct(which), metric.last[0]
    relative = ""
    if share is not None and base and math.isfinite(share):
        ratio = (base + delta) / base
        much = share > 1000 and ratio > 0
        relative = f"{_TIMES}{text.number(ratio, 3)}" if much else text.percent(share, sign=True)
    words = [relative or text.signed(delta)] if short else [text.signed(delta)]
    if relative and not short:
        words.append(f"({relative})")
    better = metric.better(which)
    verdict = [] if better is None else ["better" if better else "worse"]
    return " ".join([*words, *verdict])


def no_differences(diff: RunDiff) -> str:
    """What is said of runs that are the same."""
    if WORKING_TREE in diff.names:
        return "No differences: the working tree's code is the run's."
    return "No differences: config, code, environment, metrics and checkpoints are the same."


def code_words(code: CodeDelta) -> str:
    """`2 files changed, +12 -3`."""
    added = sum(file.added or 0 for file in code.files)
    removed = sum(file.removed or 0 for file in code.files)
    return f"{text.plural(len(code.files), 'file')} changed, +{added:,} -{removed:,}"


def checkpoint_words(checkpoint: CheckpointDelta, which: int) -> str:
    """What became of a label in run `which`: `4.1 MiB, other tensors`, `(none)`."""
    size, tree = checkpoint.bytes[which], checkpoint.trees[which]
    if size is None:
        return _ABSENT
    words = text.byte_size(size)
    first = checkpoint.trees[0]
    if not which or tree is None or first is None:
        return words
    return f"{words}, {'same bit for bit' if tree == first else 'other tensors'}"


def checkpoint_rows(
    checkpoints: Sequence[CheckpointDelta],
) -> list[tuple[list[str], list[str]]]:
    """Labels in a row of which there is the same to say, and what that is for each run."""
    told = (
        (row.label, [checkpoint_words(row, which) for which in range(len(row.bytes))])
        for row in checkpoints
    )
    return [
        ([label for label, _ in rows], words)
        for words, rows in itertools.groupby(told, key=operator.itemgetter(1))
    ]


def value_words(value: Any) -> str:
    """A value on one line, or that there is none."""
    return _ABSENT if value is None else text.value(value, 10**5)


def hardware_title(key: str) -> str:
    """`peak.memory.used_bytes` → `Memory used, peak`."""
    if key in _TITLES:
        return _TITLES[key]
    kind, dot, rest = key.partition(".")
    if dot and kind in ("mean", "peak"):
        return f"{hardware_name(rest)}, {kind}"
    return hardware_name(key)


def hardware_words(key: str, value: Any) -> str:
    """A hardware figure in its unit."""
    if value is None:
        return _ABSENT
    if key == "duration_s":
        return text.duration(value)
    if key == "co2_g":
        return text.mass(value)
    return hardware_value(key.partition(".")[2] or key, value)
