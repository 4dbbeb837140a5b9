import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gitexp.render.ticks import clock_labels, clock_ticks, labels, linear_ticks, log_ticks

finite = st.floats(-1e300, 1e300)


@given(finite, finite, st.integers(2, 8))
def test_linear_ticks_are_inside_even_and_not_too_many(a, b, want):
    low, high = sorted((a, b))
    assume(low < high)
    ticks = linear_ticks(low, high, want)
    air = (high - low) * 1e-6
    assert len(ticks) <= 2 * want + 1
    assert all(low - air <= tick <= high + air for tick in ticks)
    assert ticks == sorted(ticks)
    assert len(labels(ticks)) == len(ticks)


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        (0, 1, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.001, 0.0094, ["0.002", "0.004", "0.006", "0.008"]),
        (0, 93_000, ["0", "20k", "40k", "60k", "80k"]),
        (0, 2_500_000, ["0", "0.5M", "1.0M", "1.5M", "2.0M", "2.5M"]),
        (1e-7, 9e-7, ["2e-7", "4e-7", "6e-7", "8e-7"]),
        (-5, 5, ["-4", "-2", "0", "2", "4"]),
        (1000.001, 1000.0049, ["1000.001", "1000.002", "1000.003", "1000.004"]),
    ],
)
def test_labels_have_the_decimals_that_they_need(low, high, shown):
    assert labels(linear_ticks(low, high, 5)) == shown


def test_steps_are_whole():
    assert linear_ticks(0, 3, 6, whole=True) == [0, 1, 2, 3]
    assert linear_ticks(-0.5, 0.5, 6, whole=True) == [0]


def test_a_span_of_the_smallest_floats():
    assert linear_ticks(2.0e-313, 2.4e-313, 2) == [2.0e-313]
    assert linear_ticks(0.0, 5e-324, 2) == [0.0]


def test_a_span_below_the_precision_of_floats():
    assert linear_ticks(1e16, math.nextafter(1e16, math.inf), 5)


@given(st.floats(1e-300, 1e300), st.floats(1e-300, 1e300))
def test_log_ticks_are_inside(a, b):
    low, high = sorted((a, b))
    assume(high / low > 10.5)
    ticks = log_ticks(low, high, 6)
    assert 1 <= len(ticks) <= 9
    assert all(low * 0.99 <= tick <= high * 1.01 for tick in ticks)


def test_log_ticks():
    assert log_ticks(0.01, 100, 6) == pytest.approx([0.01, 0.1, 1, 10, 100])
    assert log_ticks(1, 30, 6) == pytest.approx([1, 2, 5, 10, 20])


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (9, ["0s", "2s", "4s", "6s", "8s"]),
        (723, ["0m", "5m", "10m"]),
        (5 * 3600, ["0h", "1h", "2h", "3h", "4h", "5h"]),
        (86400 * 10, ["0d", "2d", "4d", "6d", "8d", "10d"]),
    ],
)
def test_clock_ticks(seconds, shown):
    assert clock_labels(clock_ticks(seconds, 5)) == shown


@given(st.floats(0, 1e12))
def test_clock_ticks_of_any_length(seconds):
    assert len(clock_ticks(seconds, 5)) <= 6
