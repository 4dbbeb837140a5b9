"""The same line shape over and over is a series; a shape that appears once is a summary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gitexp.capture.printed.reading import (
    BAR,
    BARE,
    BATCH,
    EPOCH,
    MAPPING,
    PATTERN,
    TABLE,
    Reading,
    is_result,
)
from gitexp.capture.printed.steps import StepAxis

# How often a shape must appear: a name that metrics usually have tells much, a bare number little.
_ENOUGH = {True: 2, False: 3}
_ENOUGH_BARE = 5
_MOST_SHAPES = 2000


@dataclass(slots=True)
class Point:
    """A row to be: values of one line at their step."""

    step: int
    time_s: float
    values: dict[str, float]
    decimals: dict[str, int]
    order: int  # of its line among all
    stated: bool = False  # by a pattern or a file that somebody named, not found by us


@dataclass(slots=True)
class _Shape:
    count: int = 0
    waiting: list[Point] = field(default_factory=list)
    reading: Reading | None = None
    accepted: bool = False


class SeriesFinder:
    """Takes readings, gives the points that belong to series."""

    def __init__(self) -> None:
        self._axis = StepAxis()
        self._shapes: dict[tuple[object, ...], _Shape] = {}
        self._whos: dict[str, int] = {}
        self._bars: dict[tuple[object, ...], Point] = {}
        self._count = 0

    def add(self, reading: Reading, time_s: float) -> Iterator[Point]:
        """Take in what a line says; the points that are sure by now."""
        if not reading.values:
            # A bar without values says where its own loop is, which others know nothing of.
            axes = reading.axes
            if reading.kind == BAR:
                reading.axes = {k: v for k, v in axes.items() if k == EPOCH}
            if reading.axes:
                self._axis.note(reading)
            return
        point = self._point(reading, time_s)
        if reading.kind == BAR and self._is_reset(reading):
            return
        if reading.kind == BAR:
            key = (reading.phase, reading.who)
            before = self._bars.get(key)
            self._bars[key] = point
            if before is not None:
                if before.step == point.step:
                    point.values = before.values | point.values
                    point.decimals = before.decimals | point.decimals
                else:
                    yield before
            return
        yield from self._judge(reading, point)

    def _is_reset(self, reading: Reading) -> bool:
        """Whether a bar at its start shows what it is filled with, or still the round before."""
        counter = reading.axes.get(BATCH)
        if counter is None or counter.value or not reading.values:
            return False
        before = self._bars.get((reading.phase, reading.who))
        # No loss is 0.0 before the first step, but an accuracy may be after it.
        empty = any("loss" in name.lower() for name, value in reading.values.items() if not value)
        return (
            empty
            or not any(reading.values.values())
            or (before is not None and before.values.items() >= reading.values.items())
        )

    def rest(self) -> tuple[list[Point], dict[str, tuple[float, int]]]:
        """What is known at the end only: the last states of bars, lines that came once.

        Returns:
            More points, and values for the summary with the decimals that were printed.
        """
        points = list(self._bars.values())
        self._bars.clear()
        summary: dict[str, tuple[float, int]] = {}
        for shape in self._shapes.values():
            if shape.accepted or shape.reading is None:
                continue
            reading = shape.reading
            known = {key: value for key, value in reading.values.items() if is_result(key)}
            if shape.count == 1 and reading.axes and known and reading.kind != BARE:
                for point in shape.waiting:
                    point.values = {key: point.values[key] for key in known if key in point.values}
                    points.append(point)
            elif shape.count == 1 and reading.kind != BARE:
                summary.update(
                    {key: (value, reading.decimals.get(key, 12)) for key, value in known.items()}
                )
        return points, summary

    def _judge(self, reading: Reading, point: Point) -> Iterator[Point]:
        key = reading.shape
        shape = self._shapes.get(key)
        if shape is None:
            if len(self._shapes) >= _MOST_SHAPES:
                return
            shape = self._shapes[key] = _Shape(reading=reading)
        shape.count += 1
        if shape.accepted:
            yield point
            return
        shape.waiting.append(point)
        if shape.count >= _enough(reading):
            shape.accepted = True
            yield from shape.waiting
            shape.waiting = []

    def _point(self, reading: Reading, time_s: float) -> Point:
        step = self._axis.step_of(reading)
        values, decimals = dict(reading.values), dict(reading.decimals)
        if EPOCH in reading.axes and len(reading.axes) > 1:
            values.setdefault(EPOCH, float(reading.axes[EPOCH].value))
        if reading.who:
            number = self._whos.setdefault(reading.who, len(self._whos))
            if number:
                values = {f"{key}.{number}": value for key, value in values.items()}
                decimals = {f"{key}.{number}": value for key, value in decimals.items()}
        self._count += 1
        return Point(step, time_s, values, decimals, self._count, stated=reading.kind == PATTERN)


def _enough(reading: Reading) -> int:
    if reading.kind == BARE:
        return _ENOUGH_BARE
    if reading.kind == PATTERN:
        return 1
    sure = reading.tells_metrics or (reading.kind in (TABLE, MAPPING) and bool(reading.axes))
    return _ENOUGH[sure]
