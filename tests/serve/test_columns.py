"""Columns that grow say what a reading of the whole file says."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitexp.query.columns import metric_place, read_columns, sample_place
from gitexp.serve.columns import Columns

values = st.one_of(
    st.floats(allow_nan=False, width=32),
    st.integers(-5, 5),
    st.booleans(),
    st.none(),
    st.sampled_from(["NaN", "Infinity", "-Infinity", "text", [1], {"_type": "image"}]),
)
rows = st.lists(
    st.tuples(st.integers(0, 2), st.dictionaries(st.sampled_from("abc"), values, max_size=3)),
    max_size=30,
)


def lines_of(found: list[tuple[int, dict[str, object]]]) -> list[bytes]:
    step, lines = 0, []
    for i, (advance, row) in enumerate(found):
        step += advance
        lines.append(json.dumps({"_step": step, "_time": 1e9 + i, **row}).encode() + b"\n")
    return lines


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@given(rows, st.integers(1, 7))
def test_fed_piece_by_piece_they_are_what_one_reading_gives(
    found: list[tuple[int, dict[str, object]]], size: int
) -> None:
    lines = lines_of(found)
    columns = Columns(metric_place)
    for at in range(0, len(lines), size):
        columns.feed(b"".join(lines[at : at + size]))
    whole = read_columns([b"".join(lines)], metric_place)
    assert set(columns.keys()) == set(whole)
    for key, series in whole.items():
        points = columns.points(key)
        assert points is not None
        assert (points.first, points.total) == (0, len(series))
        assert points.steps.tolist() == list(series.steps)
        assert points.times_s.tolist() == list(series.times_s)
        assert all(map(same, points.values.tolist(), series.values))


@given(rows, st.integers(1, 7))
def test_news_put_together_are_the_whole(
    found: list[tuple[int, dict[str, object]]], size: int
) -> None:
    lines = lines_of(found)
    columns = Columns(metric_place)
    known: dict[str, list[tuple[int, float]]] = {}
    for at in range(0, len(lines), size):
        columns.feed(b"".join(lines[at : at + size]))
        for key, new in columns.take_new(1000).items():
            have = known.setdefault(key, [])
            assert new.first <= len(have)  # no gap
            have[new.first :] = zip(new.steps.tolist(), new.values.tolist(), strict=True)
            assert len(have) == new.total
    for key, have in known.items():
        points = columns.points(key)
        assert points is not None
        assert [step for step, _ in have] == points.steps.tolist()
        assert all(map(same, [value for _, value in have], points.values.tolist()))
    assert columns.take_new(1000) == {}


def test_a_part_has_one_point_more_on_each_side() -> None:
    columns = Columns(metric_place)
    columns.feed(b"".join(b'{"_step":%d,"loss":%d.5}\n' % (10 * i, i) for i in range(10)))
    part = columns.points("loss", 25, 55)
    assert part is not None
    assert part.steps.tolist() == [20, 30, 40, 50, 60]
    assert (part.first, part.total) == (2, 10)
    beyond = columns.points("loss", 1000, 2000)
    assert beyond is not None
    assert beyond.steps.tolist() == [90]
    assert columns.points("acc") is None


def test_of_many_new_points_the_newest_come_and_the_gap_is_told() -> None:
    columns = Columns(metric_place)
    columns.feed(b"".join(b'{"_step":%d,"loss":0.5}\n' % i for i in range(100)))
    new = columns.take_new(10)["loss"]
    assert (new.first, new.total, new.steps.tolist()) == (90, 100, list(range(90, 100)))


@pytest.mark.parametrize(
    "line", [b"torn", b"[1]", b'{"loss": 1}', b'{"_step": "1", "loss": 1}', b'{"_step": 1.5}']
)
def test_what_is_no_row_is_left_out(line: bytes) -> None:
    columns = Columns(metric_place)
    columns.feed(b'{"_step":1,"loss":1.5}\n' + line + b'\n{"_step":2,"loss":2.5}\n')
    points = columns.points("loss")
    assert points is not None
    assert points.values.tolist() == [1.5, 2.5]


def test_samples_stand_at_whole_seconds_since_the_start() -> None:
    columns = Columns(sample_place(1000.0))
    columns.feed(b'{"_time":1000.2,"cpu":1.0}\n{"_time":1001.9,"cpu":2.0}\n{"cpu":3.0}\n')
    points = columns.points("cpu")
    assert points is not None
    assert points.steps.tolist() == [0, 2]
