"""Printed twins: a number that a library logs and the script prints as well is one metric."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Mapping
from typing import Any

from gitexp.capture.printed.reading import PHASES, is_clock, words_of
from gitexp.capture.printed.series import Point
from gitexp.schema.tree import number

_MOST_VALUES = 20_000
_MOST_PAIRS = 64  # enough to tell
_SHARE = 0.8
# Two values of so few digits agree by chance.
_TELLING_DIGITS = 3
# So many values before and after a printed one may be the same: of a related name, of any other.
_NEAR, _NEXT = 64, 8


class Twins:
    """Knows what libraries logged, and tells which printed metrics are the same."""

    def __init__(self) -> None:
        self._logged: dict[str, tuple[list[float], list[float]]] = {}  # name → times, values
        self._verdicts: dict[str, tuple[int, int]] = {}  # printed key → (seen, found among logged)

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Take in a row that was not read from output."""
        for key, raw in row.items():
            if key in ("_step", "_time"):
                continue
            value = number(raw)
            times, values = self._logged.setdefault(key, ([], []))
            if value is not None and len(values) < _MOST_VALUES:
                stated = number(row.get("_time"))
                times.append(max(stated or 0.0, times[-1] if times else 0.0))
                values.append(value)

    def is_twin(self, key: str, points: list[Point]) -> bool:
        """Whether a printed metric is one that a library logs, too.

        Args:
            key: of the printed metric.
            points: the newest rows that have it.
        """
        if not self._logged:
            return False
        if key in self._logged or any(_is_same_clock(key, name) for name in self._logged):
            return True
        if key in self._verdicts and self._verdicts[key][0] >= _MOST_PAIRS:
            seen, found = self._verdicts[key]
            return found >= _SHARE * seen
        seen, found = self._verdicts.get(key, (0, 0))
        for point in points[: _MOST_PAIRS - seen]:
            seen += 1
            decimals = point.decimals.get(key, 12)
            found += self._is_logged(key, point.values[key], decimals, point.time_s)
        self._verdicts[key] = (seen, found)
        return found >= _SHARE * seen

    def is_known(self, key: str, value: float, decimals: int) -> bool:
        """Whether a number that was printed once is one that a library logs, too."""
        return key in self._logged or self._is_logged(key, value, decimals, math.inf)

    def _is_logged(self, key: str, value: float, decimals: int, time_s: float) -> bool:
        half = 0.5000001 * 10.0**-decimals
        telling = len(re.sub(r"\D", "", f"{value:.{max(0, min(decimals, 9))}f}".lstrip("0."))) >= (
            _TELLING_DIGITS
        )
        for name, (times, values) in self._logged.items():
            related = _related(key, name)
            if not telling and not related:
                continue
            # The best so far is often the newest, too, and is another metric all the same.
            if _is_best(key) != _is_best(name):
                continue
            # Among thousands of numbers any is found: only what was logged about then counts.
            around, at = _NEAR if related else _NEXT, bisect_left(times, time_s)
            near = values[max(0, at - around) : at + around]
            if any(
                abs(logged * scale - value) <= half + 1e-6 * abs(value)
                for scale in (1, 100)
                for logged in near
            ):
                return True
        return False


def _related(printed: str, logged: str) -> bool:
    """Whether two names share a word that says what is measured."""
    words, others = set(words_of(printed)), set(words_of(logged))
    if (words & others) - set(PHASES):
        return True
    # "Test score: 0.92" is the accuracy, or whatever else the model is scored by.
    return "score" in words and words - {"score"} <= others & set(PHASES)


def _is_best(name: str) -> bool:
    return "best" in words_of(name)


def _is_same_clock(printed: str, logged: str) -> bool:
    """`SPS` and `charts/SPS`: a rate that is read twice is never quite the same."""
    name = logged.rpartition("/")[2]
    return is_clock(name) and words_of(name) == words_of(printed)
