"""What progress bars show, as the process itself tells it: no bar need be drawn for that."""

from __future__ import annotations

from typing import Any

from gitexp.capture.printed.reading import key_of, phase_of
from gitexp.capture.printed.series import Point

_NUMBER_DECIMALS = 12


class BarRows:
    """Rows of `set_postfix`, which wait as printed lines do: a library may log the same."""

    def __init__(self) -> None:
        self._points: list[Point] = []
        self._keys: set[str] = set()
        self._count = 0

    def add(self, row: dict[str, Any]) -> None:
        """Take in a row of the file that processes tell metrics in."""
        step, time_s = row.get("_step"), row.get("_time")
        if not isinstance(step, int) or not isinstance(time_s, int | float):
            return
        phase = phase_of(str(row.get("_desc") or ""))
        values: dict[str, float] = {}
        decimals: dict[str, int] = {}
        for name, value in row.items():
            if name.startswith("_"):
                continue
            text = str(value).strip().rstrip("%")
            try:
                number = float(text)
            except ValueError:
                continue
            key = key_of(name, phase)
            values[key] = number
            # A text was rounded by the script.
            rounded = isinstance(value, str) and "e" not in text.lower()
            decimals[key] = len(text.partition(".")[2]) if rounded else _NUMBER_DECIMALS
        if values:
            self._keys.update(values)
            self._count += 1
            self._points.append(Point(step, float(time_s), values, decimals, self._count))

    def take(self, before_s: float | None) -> list[Point]:
        """The rows that came before then; None: all."""
        due = [p for p in self._points if before_s is None or p.time_s <= before_s]
        self._points = self._points[len(due) :]
        return due

    def without_drawn(self, points: list[Point]) -> list[Point]:
        """Points read from the output without what bars were told."""
        for point in points:
            point.values = {k: v for k, v in point.values.items() if k not in self._keys}
        return [point for point in points if point.values]
