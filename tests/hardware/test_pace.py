from __future__ import annotations

import pytest
from hardware.clock import FakeClock

from gitexp.hardware.pace import Pace, Rates


def test_rates_are_per_second_since_the_last_call() -> None:
    clock = FakeClock()
    rates = Rates(clock)
    assert rates.per_second({"a": 10, "b": 5}) == {}
    clock.advance(2.0)
    assert rates.per_second({"a": 14, "b": 5}) == {"a": 2.0, "b": 0.0}
    clock.advance(0.5)
    assert rates.per_second({"a": 15, "b": 5, "new": 7}) == {"a": 2.0, "b": 0.0}


def test_a_counter_that_falls_or_is_new_has_no_rate() -> None:
    clock = FakeClock()
    rates = Rates(clock)
    rates.per_second({"a": 10})
    clock.advance(1.0)
    assert rates.per_second({"a": 3, "b": 9}) == {}
    clock.advance(1.0)
    assert rates.per_second({"a": 5, "b": 9}) == {"a": 2.0, "b": 0.0}


def test_too_short_a_time_is_added_to_the_next() -> None:
    clock = FakeClock()
    rates = Rates(clock)
    rates.per_second({"a": 0})
    clock.advance(0.01)
    assert rates.per_second({"a": 100}) == {}
    clock.advance(0.99)
    assert rates.per_second({"a": 100}) == {"a": pytest.approx(100.0)}


def test_work_comes_back_when_its_share_allows() -> None:
    clock = FakeClock()
    pace = Pace(0.01, clock=clock)
    assert pace.due
    with pace.work():
        clock.advance(0.02)
    assert not pace.due
    clock.advance(1.97)
    assert not pace.due
    clock.advance(0.02)
    assert pace.due


def test_work_has_a_shortest_interval_and_may_fail() -> None:
    clock = FakeClock()
    pace = Pace(0.5, at_least_s=5.0, clock=clock)
    with pytest.raises(OSError, match="broken"), pace.work():
        raise OSError("broken")
    clock.advance(4.9)
    assert not pace.due
    clock.advance(0.2)
    assert pace.due
