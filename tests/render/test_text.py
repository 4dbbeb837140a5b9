import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitexp.render import text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (1, "1"),
        (0.012345678, "0.01235"),
        (0.00012345, "0.0001234"),
        (1.2e-05, "1.2e-5"),
        (12345.678, "12346"),
        (1234567.8, "1.235e6"),
        (1234567, "1234567"),
        (-0.5, "-0.5"),
        (0.1 + 0.2, "0.3"),
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        ("Infinity", "∞"),
        (None, text.NONE),
        ("a word", text.NONE),
        ([1], text.NONE),
        (10**400, "∞"),
    ],
)
def test_number(value, shown):
    assert text.number(value) == shown


@given(st.floats(-1e300, 1e300))
def test_a_shown_number_is_near_the_number(value):
    shown = float(text.number(value))
    assert shown == pytest.approx(value, rel=6e-4, abs=1e-320)
    assert len(text.number(value)) <= 12


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0s"),
        (0.0001, "<1ms"),
        (0.85, "850ms"),
        (3.25, "3.2s"),
        (9.96, "10s"),
        (59.6, "1m 0s"),
        (723, "12m 3s"),
        (3599.7, "1h 0m"),
        (11000, "3h 3m"),
        (200000, "2d 7h"),
        (None, text.NONE),
        (-1, text.NONE),
        (math.nan, text.NONE),
        ("soon", text.NONE),
    ],
)
def test_duration(seconds, shown):
    assert text.duration(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (-100, "just now"),
        (50, "1 min ago"),
        (4000, "1 h ago"),
        (5e5, "6 d ago"),
        (8e6, "3 mo ago"),
        (1e8, "3 y ago"),
    ],
)
def test_age(seconds, shown):
    assert text.age(seconds) == shown


def test_age_of_a_time_that_is_none():
    assert text.age_of("2026-01-31T12:00:00Z", 1769864400 + 7200) == "3 h ago"
    assert text.age_of("yesterday", 0) == text.NONE


def test_sizes_energy_money_and_per_cent():
    assert text.byte_size(812) == "812 B"
    assert text.byte_size(1_288_490_189) == "1.2 GiB"
    assert text.byte_size(1024 * 1023) == "1 MiB"
    assert text.energy(1250) == "1.25 kWh"
    assert text.energy(0.8123) == "0.812 Wh"
    assert text.energy(0.0238) == "23.8 mWh"
    assert text.energy(0) == "0 Wh"
    assert text.energy(float("nan")) == text.NONE
    assert text.mass(1250) == "1.25 kg"
    assert text.mass(0.0113) == "11.3 mg"
    assert text.money(12.5, "EUR") == "12.50 EUR"
    assert text.money(0.0042, "EUR") == "0.0042 EUR"
    assert text.money(None, "EUR") == text.NONE
    assert text.percent(98.66) == "98.7%"
    assert text.percent(250, sign=True) == "+250%"
    assert text.percent(-0.031, sign=True) == "-0.031%"
    assert text.signed(0.5) == "+0.5"
    assert text.signed(-3) == "-3"
    assert text.plural(1, "run") == "1 run"
    assert text.plural(1200, "entry", "entries") == "1,200 entries"


def test_moments_of_any_kind():
    assert text.moment("2026-01-31T12:00:00.123Z") == "2026-01-31 12:00"
    assert text.moment(1769860800.0) == "2026-01-31 12:00"
    assert text.moment("garbage") == text.NONE
    assert text.moment(1e300) == text.NONE
    assert text.moment(None) == text.NONE


def test_config_values_on_one_line():
    assert text.value("sgd") == "sgd"
    assert text.value(0.1) == "0.1"
    assert text.value(None) == "null"
    assert text.value(True) == "true"
    assert text.value({"a": [1, "x"]}) == '{"a": [1, "x"]}'
    assert text.value("a\nb") == "a⏎b"
    assert text.value("x" * 500, 10) == "x" * 9 + "…"
    nested: list = []
    nested.append(nested)
    assert text.value(nested) == "…"


@given(st.text())
def test_plain_text_has_no_power_over_a_terminal(anything):
    shown = text.plain(anything)
    shown.encode()  # no lone surrogates
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown)
    assert "\n" not in text.one_line(anything)


def test_plain_shows_what_it_takes_away():
    assert text.plain("\x1b[31mred\x07") == "␛[31mred␇"
    assert text.plain("a\u202eb") == "a⟨U+202E⟩b"
    assert text.plain("\ud800") == "\ufffd"


def test_cut():
    assert text.cut("abcdef", 6) == "abcdef"
    assert text.cut("abcdefg", 6) == "abcde…"
    assert text.cut_middle("src/models/encoder.py", 11) == "src/m…er.py"
    assert len(text.cut_middle("x" * 99, 10)) == 10
