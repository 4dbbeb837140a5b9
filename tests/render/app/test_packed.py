"""Curves as bytes: the way there and back, and what a browser needs of the layout."""

from __future__ import annotations

import math
import struct
from array import array

import orjson
from hypothesis import given
from hypothesis import strategies as st

from gitexp.render.app.packed import join_curves, pack_curve, split_curves, to_series
from gitexp.schema.series import Series

NAMES = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
STEPS = st.integers(0, 2**40)
VALUES = st.floats(width=32, allow_nan=True, allow_infinity=True)


@st.composite
def series(draw: st.DrawFn) -> Series:
    steps = sorted(draw(st.lists(STEPS, max_size=20)))
    values = draw(st.lists(VALUES, min_size=len(steps), max_size=len(steps)))
    times = [1.7e9 + i for i in range(len(steps))]
    return Series(array("q", steps), array("d", times), array("d", values))


def same(a: float, b: float) -> bool:
    return a == b or (math.isnan(a) and math.isnan(b))


@given(st.lists(st.tuples(NAMES, NAMES, series()), max_size=4))
def test_there_and_back(curves: list[tuple[str, str, Series]]) -> None:
    packed = join_curves((run, pack_curve(key, points)) for run, key, points in curves)
    read = list(split_curves(packed))
    assert [(run, curve.key) for run, curve in read] == [(run, key) for run, key, _ in curves]
    for (_, curve), (_, _, points) in zip(read, curves, strict=True):
        back = to_series(curve)
        assert list(back.steps) == list(points.steps)
        assert list(back.times_s) == list(points.times_s)
        assert all(map(same, back.values, points.values))


@given(st.lists(st.tuples(NAMES, NAMES, series()), max_size=4))
def test_arrays_are_aligned_to_eight(curves: list[tuple[str, str, Series]]) -> None:
    packed = join_curves((run, pack_curve(key, points)) for run, key, points in curves)
    (length,) = struct.unpack_from("<I", packed)
    assert (4 + length) % 8 == 0
    assert len(packed) % 8 == 0
    for entry in orjson.loads(packed[4 : 4 + length])["entries"]:
        for part in (entry["steps"], entry["times"], entry["values"]):
            assert part.get("at", 0) % 8 == 0


def test_regular_steps_take_no_room() -> None:
    points = Series(array("q", range(0, 90, 3)), array("d", [0.0] * 30), array("d", [1.0] * 30))
    assert pack_curve("loss", points).steps == (0, 3)


def test_values_that_single_precision_would_make_equal_stay_apart() -> None:
    values = [1e9 + i / 8 for i in range(10)]
    points = Series(array("q", range(10)), array("d", [0.0] * 10), array("d", values))
    assert list(to_series(pack_curve("step", points)).values) == values
    assert pack_curve("step", points).values_type == "f8"


def test_points_before_downsampling_are_told() -> None:
    points = Series(array("q", range(100)), array("d", [0.0] * 100), array("d", [1.0] * 100))
    curve = pack_curve("loss", points.downsample(10), len(points))
    assert (curve.n <= 10, curve.total) == (True, 100)
