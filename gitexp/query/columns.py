"""JSON lines → a column of numbers for each key, a piece of the file at a time."""

from __future__ import annotations

import itertools
from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import orjson

from gitexp.schema.series import Series
from gitexp.schema.tree import number

Row = dict[str, Any]
# Where a row stands: its step and its time in seconds since the epoch; None: it is no row.
Place = Callable[[Row], "tuple[int, float] | None"]

_CHUNK_BYTES = 4 * 1024 * 1024
_FARTHEST = 1 << 62
_NUMBERS = (float, int)


def read_columns(pieces: Iterable[bytes], place: Place) -> dict[str, Series]:
    """The points of all keys, in the order of first appearance.

    Args:
        pieces: of a file of JSON lines, each of whole lines. What is no object is left out.
        place: where a row stands. Of points of one key and step the last one counts.
    """
    columns: dict[str, Series] = {}
    for piece in pieces:
        for chunk in _chunks(piece):
            _take_in(columns, parse_lines(chunk), place)
    return columns


def lines_of(pieces: Iterable[bytes]) -> Iterator[Row]:
    """The objects among the JSON lines of a file, which comes in pieces of whole lines."""
    for piece in pieces:
        for chunk in _chunks(piece):
            yield from parse_lines(chunk)


def parse_lines(content: bytes) -> list[Row]:
    """The objects among JSON lines: one parse of all where every line is whole."""
    lines = [line for line in content.split(b"\n") if line]
    try:
        rows = orjson.loads(b"[%s]" % b",".join(lines))
    except orjson.JSONDecodeError:
        rows = [row for line in lines if (row := _parsed(line)) is not None]
    return rows if set(map(type, rows)) == {dict} else [row for row in rows if type(row) is dict]


def metric_place(row: Row) -> tuple[int, float] | None:
    """Where a row of metrics.jsonl stands."""
    step, time_s = row.get("_step"), row.get("_time", 0.0)
    if type(step) is not int or not -_FARTHEST < step < _FARTHEST:
        return None
    return step, time_s if type(time_s) in _NUMBERS else 0.0


def sample_place(created_s: float) -> Place:
    """Where a row of hardware.jsonl stands: whole seconds since the run was created."""

    def place(row: Row) -> tuple[int, float] | None:
        time_s: Any = row.get("_time")
        if type(time_s) not in _NUMBERS or not abs(time_s) < _FARTHEST:
            return None
        return max(0, round(time_s - created_s)), time_s

    return place


def _chunks(piece: bytes) -> Iterator[bytes]:
    start = 0
    while len(piece) - start > _CHUNK_BYTES:
        end = piece.find(b"\n", start + _CHUNK_BYTES) + 1
        if not end:
            break
        yield piece[start:end]
        start = end
    yield piece[start:] if start else piece


def _parsed(line: bytes) -> Any:
    try:
        return orjson.loads(line)
    except orjson.JSONDecodeError:
        return None


def _take_in(columns: dict[str, Series], rows: list[Row], place: Place) -> None:
    places = list(map(place, rows))
    if None in places:
        rows = [row for row, at in zip(rows, places, strict=True) if at is not None]
    found = [at for at in places if at is not None]
    if not found:
        return
    steps, times = zip(*found, strict=True)
    distinct = all(map(int.__lt__, steps, steps[1:]))
    for key in dict.fromkeys(itertools.chain.from_iterable(rows)):
        if key == "_step" or key == "_time":
            continue
        raw: list[Any] = [row.get(key) for row in rows]
        column = columns.get(key)
        # Most columns hold a float in each row, and nothing has to be looked at one by one.
        if set(map(type, raw)) == {float} and distinct:
            column = columns.setdefault(key, Series()) if column is None else column
            if not column.steps or column.steps[-1] < steps[0]:
                column.steps.extend(steps)
                column.times_s.extend(times)
                column.values.extend(raw)
                continue
        _take_in_slowly(columns, key, steps, times, raw)


def _take_in_slowly(
    columns: dict[str, Series],
    key: str,
    steps: Iterable[int],
    times: Iterable[float],
    raw: Iterable[Any],
) -> None:
    column = columns.get(key)
    for step, time_s, item in zip(steps, times, raw, strict=True):
        value = item if type(item) is float else number(item)
        if value is None:
            continue
        if column is None:
            column = columns[key] = Series(array("q"), array("d"), array("d"))
        if column.steps and column.steps[-1] == step:
            column.times_s[-1], column.values[-1] = time_s, value
        else:
            column.append(step, time_s, value)
