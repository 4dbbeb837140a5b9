from __future__ import annotations

from datetime import datetime

import pytest

from gitexp.query.moments import parse_duration, parse_time


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("10m", 600),
        ("1h 30m", 5400),
        ("1h30m", 5400),
        ("2 days", 172800),
        ("1 hour and 5 minutes", 3900),
        ("1 week, 2 d", 777600),
        ("250 ms", 0.25),
        ("3 Months", 90 * 86400),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "m", "10x", "ten minutes", "1h 30", "-3s", "1 2"])
def test_what_is_no_duration(text: str) -> None:
    assert parse_duration(text) is None


def test_times() -> None:
    now = datetime(2026, 3, 10, 15, 30).timestamp()
    assert parse_time("now", now) == now
    assert parse_time("2 days ago", now) == now - 2 * 86400
    assert parse_time("3h ago", now) == now - 3 * 3600
    assert parse_time("today", now) == datetime(2026, 3, 10).timestamp()
    assert parse_time("Yesterday", now) == datetime(2026, 3, 9).timestamp()
    assert parse_time("2026-01-31", now) == datetime(2026, 1, 31).timestamp()
    assert parse_time("2026-01-31 12:05", now) == datetime(2026, 1, 31, 12, 5).timestamp()
    assert parse_time("2026-01-31T12:00:00Z", now) == 1769860800.0
    assert parse_time("2026-01-31T13:00:00+01:00", now) == 1769860800.0
    assert parse_time("x ago", now) is None
    assert parse_time("tomorrowish", now) is None
