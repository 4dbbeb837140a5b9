"""Curves in the terminal."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitexp.render.terminal_plot import RELATIVE, STEP, TIME, PlotLine, plot
from gitexp.render.terminal_text import cells

Golden = Callable[[str, str], None]

STEPS = [float(i) for i in range(200)]
FAST = PlotLine("quick-purple-dove", STEPS, [math.exp(-i / 20) + 0.01 for i in STEPS])
SLOW = PlotLine("calm-amber-otter", STEPS, [0.9 * math.exp(-i / 90) for i in STEPS])
BUMPY = PlotLine("x", STEPS, [math.sin(i / 9) if i % 50 else math.nan for i in STEPS])


@pytest.mark.parametrize(
    ("name", "lines", "options"),
    [
        ("one", [FAST], {"title": "val/loss"}),
        ("two", [FAST, SLOW], {"title": "val/loss"}),
        ("log", [FAST, SLOW], {"title": "val/loss", "log": True}),
        ("gaps", [BUMPY], {"x_kind": RELATIVE}),
        ("epoch", [PlotLine("a", [0, 1, 2], [3.0, 1.0, 2.0])], {"x_kind": "epoch", "height": 6}),
        ("time", [PlotLine("a", [1.7e9, 1.7e9 + 90], [1e-9, 2e-9])], {"x_kind": TIME}),
        ("constant", [PlotLine("a", [0, 10], [0.25, 0.25])], {"height": 5}),
        ("point", [PlotLine("a", [3], [1e6])], {"height": 5}),
    ],
)
def test_golden(
    name: str, lines: list[PlotLine], options: dict[str, object], golden: Golden
) -> None:
    golden(f"terminal/plot-{name}.txt", plot(lines, width=72, **options))  # type: ignore[arg-type]


def test_golden_with_colours(golden: Golden) -> None:
    text = plot([FAST, SLOW, BUMPY], title="x", width=60, height=8, colour=True)
    golden("terminal/plot-colour.txt", text.replace("\x1b", "ESC"))


def test_nothing_to_draw() -> None:
    nothing = PlotLine("a", [1.0, 2.0], [math.nan, math.inf])
    text = plot([nothing, PlotLine("b", [], [])], title="loss")
    assert "nothing to draw" in text
    assert "2 points not drawn" in text
    assert "no points" in text
    assert "3 points not drawn" in plot([PlotLine("a", [0, 1, 2], [0, -1, -2])], log=True)


def test_what_a_run_says_moves_no_terminal() -> None:
    text = plot([PlotLine("\x1b[2J\n\u202e", [1], [1])], title="\x1b]0;x\x07", x_kind="\r\x1b")
    assert "\x1b" not in text
    assert "\u202e" not in text


numbers = st.floats(allow_nan=True, allow_infinity=True)
curves = st.lists(st.tuples(numbers, numbers), max_size=12).map(
    lambda points: PlotLine("a", [x for x, _ in points], [y for _, y in points])
)


@settings(deadline=None, max_examples=150)
@given(
    st.lists(curves, min_size=1, max_size=3),
    st.sampled_from([STEP, TIME, RELATIVE, "epoch"]),
    st.booleans(),
    st.integers(20, 90),
    st.integers(2, 12),
)
def test_any_numbers_are_drawn_inside_the_frame(
    lines: list[PlotLine], kind: str, log: bool, width: int, height: int
) -> None:
    text = plot(lines, x_kind=kind, log=log, width=width, height=height, title="t")
    if "nothing to draw" not in text:
        body = text.splitlines()[1 : 1 + height]
        assert all("│" in line or "┤" in line for line in body)
        assert max(map(cells, body)) <= max(width, 36)
