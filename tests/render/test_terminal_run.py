"""`gitexp show` over all kinds of runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from render.factory import CREATED, bare, broken, failed, hostile, killed, running, training

from gitexp.render.sparkline import sparkline
from gitexp.render.terminal_run import run_page
from gitexp.render.terminal_text import cells, harmless
from gitexp.schema import names
from gitexp.schema.clock import from_iso
from gitexp.schema.view import RunView

Golden = Callable[[str, str], None]
NOW = from_iso(CREATED) + 7300


@pytest.mark.parametrize("make", [training, failed, running, killed, bare])
def test_golden(make: Callable[[], RunView], golden: Golden) -> None:
    golden(
        f"terminal/show-{make.__name__}.txt", run_page(make(), now_s=NOW, width=100, colour=False)
    )


def test_golden_with_colours(golden: Golden) -> None:
    text = run_page(failed(), now_s=NOW, width=80, colour=True)
    golden("terminal/show-colour.txt", text.replace("\x1b", "ESC"))


def test_in_a_file_nothing_is_cut() -> None:
    view = training()
    long = view.run.but(config={"text": "x" * 500}, command=("y" * 500,))
    page = run_page(RunView(long), now_s=NOW, width=None, colour=False)
    assert "x" * 500 in page
    assert "y" * 500 in page
    narrow = run_page(RunView(long), now_s=NOW, width=60, colour=False)
    assert max(map(cells, narrow.splitlines())) < 100


def test_a_file_in_parts_is_one_line() -> None:
    parts = {names.part_name("metrics.jsonl", n): 2**20 for n in range(1, 215)}
    view = replace(training(), files={**parts, "metrics-1.txt": 1})
    page = run_page(view, now_s=NOW, width=100, colour=False)
    (line,) = [line for line in page.splitlines() if "metrics.jsonl" in line]
    assert line.split() == ["metrics.jsonl", "214", "MiB", "in", "214", "files"]
    assert "metrics-1.txt" in page
    assert "metrics-0002" not in page


@pytest.mark.parametrize("width", [None, 80])
def test_what_a_run_says_moves_no_terminal(width: int | None) -> None:
    page = run_page(hostile(), now_s=NOW, width=width, colour=False)
    assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in page.replace("\n", ""))
    assert "\u202e" not in page
    page.encode()


def test_fields_of_the_wrong_types_are_refused_before_they_get_here() -> None:
    # Readers check the shape of run.json; a renderer may raise, but must not hang or crash.
    with pytest.raises((TypeError, AttributeError, ValueError)):
        run_page(broken(), now_s=NOW, width=80, colour=False)


def test_output_keeps_its_colours_and_nothing_else() -> None:
    output = "\x1b[31mred\x1b[0m\r\n\x1b]0;title\x07\x1b[2Jclear\x9b5m\rback\ttab"
    assert harmless(output, colour=True) == (
        "\x1b[31mred\x1b[0m\n␛]0;title␇␛[2Jclear⟨U+009B⟩5m␍back\ttab\x1b[0m"
    )
    assert harmless(output, colour=False) == "red\n␛]0;title␇␛[2Jclear⟨U+009B⟩5m␍back\ttab"


@pytest.mark.parametrize(
    ("values", "drawn"),
    [
        ([], ""),
        ([1.0], "▁"),
        ([2.0, 2.0, 2.0], "▁▁▁"),
        ([0.0, 1.0, 2.0, 7.0], "▁▂▃█"),
        ([float("nan")] * 3, "···"),
        ([0.0, float("nan"), 7.0, float("inf")], "▁·█·"),
        ([-1e308, 1e308], "▁█"),
        ([float(i) for i in range(1000)], "▁▁▂▃▃▄▅▅▆▇▇█"[:0] or None),
    ],
)
def test_sparkline(values: list[float], drawn: str | None) -> None:
    line = sparkline(values, 16)
    if drawn is not None:
        assert line == drawn
    else:
        assert len(line) == 16
        assert line[0] == "▁"
        assert line[-1] == "█"
        assert list(line) == sorted(line)
