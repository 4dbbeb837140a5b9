import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitexp.render.ansi import pieces, strip
from gitexp.render.text import plain


@pytest.mark.parametrize(
    ("codes", "style"),
    [
        ("31", "fg-1"),
        ("1;31", "bold fg-1"),
        ("97", "fg-15"),
        ("41", "bg-1"),
        ("104", "bg-12"),
        ("38;5;9", "fg-9"),
        ("38;5;208", "fg-11"),  # orange is nearest to yellow
        ("38;5;240", "fg-8"),
        ("38;2;255;0;0", "fg-9"),
        ("38;2;0;0;90", "fg-4"),
        ("48;2;250;250;250", "bg-15"),
        ("38:2:0:128:0", "fg-2"),
        ("38:2::0:128:0", "fg-2"),
        ("3;4;9", "italic underline strike"),
        ("31;32", "fg-2"),
        ("1;22;3;23;31;39", ""),
        ("38;5", ""),
        ("31;0", ""),
        ("5;7;53;999", ""),
    ],
)
def test_styles(codes, style):
    assert pieces(f"\x1b[{codes}mx") == [("x", style)]


def test_a_style_lasts_until_it_is_ended():
    shown = pieces("a\x1b[1mb\x1b[31mc\x1b[0md\x1b[me")
    assert shown == [("a", ""), ("b", "bold"), ("c", "bold fg-1"), ("de", "")]


def test_titles_links_and_the_cursor_leave_nothing():
    raw = "\x1b]0;title\x07a\x1b]8;;https://evil.example\x1b\\b\x1b]8;;\x1b\\\x1b[2Kc\x1b(Bd\x1b[?25l"
    assert strip(raw) == "abcd"
    assert pieces(raw) == [("abcd", "")]


@given(st.text(alphabet="\x1b[]0123456789;:mKh\x07\\ab\n\x9b"))
def test_any_sequence_of_codes_is_survived(raw):
    shown = pieces(raw)
    assert "".join(piece.text for piece in shown) == plain(strip(raw))
    for piece in shown:
        assert re.fullmatch(r"[a-z0-9 -]*", piece.style)
        assert "\x1b" not in piece.text
