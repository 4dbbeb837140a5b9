import math

from hypothesis import given
from hypothesis import strategies as st

from gitexp.schema.series import Series, SeriesSketch

values = st.lists(st.floats() | st.just(math.nan), max_size=400)


def series_of(numbers):
    series = Series()
    for step, value in enumerate(numbers):
        series.append(step, 1000.0 + step, value)
    return series


@given(values, st.integers(5, 60))
def test_a_downsampled_curve_keeps_its_ends_and_extremes(numbers, limit):
    fewer = series_of(numbers).downsample(limit)
    assert len(fewer) <= min(len(numbers), limit)
    assert list(fewer.steps) == sorted(set(fewer.steps))
    if not numbers:
        return
    assert (fewer.steps[0], fewer.steps[-1]) == (0, len(numbers) - 1)
    known = [v for v in numbers if v == v]
    if known:
        kept = [v for v in fewer.values if v == v]
        assert (min(kept), max(kept)) == (min(known), max(known))
    assert any(map(math.isnan, fewer.values)) == any(map(math.isnan, numbers))
    for step, time_s, value in zip(fewer.steps, fewer.times_s, fewer.values, strict=True):
        assert time_s == 1000.0 + step
        assert repr(value) == repr(numbers[step])


def test_a_single_nan_among_many_is_kept():
    numbers = [float(i) for i in range(1000)]
    numbers[437] = math.nan
    fewer = series_of(numbers).downsample(20)
    assert 437 in fewer.steps


@given(values)
def test_a_sketch_stays_small_and_keeps_the_extremes(numbers):
    sketch = SeriesSketch(limit=16)
    for step, value in enumerate(numbers):
        sketch.add(step, float(step), value)
    result = sketch.result()
    assert len(result) <= len(numbers)
    known = [v for v in numbers if v == v]
    if known:
        kept = [v for v in result.values if v == v]
        assert (min(kept), max(kept)) == (min(known), max(known))


def test_a_long_sketch_is_bounded():
    sketch = SeriesSketch(limit=64)
    for step in range(20_000):
        sketch.add(step, float(step), math.sin(step / 100))
    assert len(sketch.result()) <= 64 + 2 * 1024
    assert len(sketch.series) <= 64 + 5


@given(values, st.integers(5, 60))
def test_many_points_are_chosen_as_few_are(numbers, limit):
    series = series_of(numbers)
    if len(series) > limit:
        many, few = series._take_many(limit), series.downsample(limit)
        known = [v for v in few.values if math.isfinite(v)]
        assert [v for v in many.values if math.isfinite(v)] == known
        assert any(map(math.isnan, many.values)) == any(map(math.isnan, few.values))
        assert (many.steps[0], many.steps[-1]) == (few.steps[0], few.steps[-1])
