"""`gitexp diff` in the terminal, as Markdown and as JSON."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import orjson
import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token
from render.factory import EVIL, PATCH, three_learning_rates

from gitexp.query.diff import Side, compare
from gitexp.render import text
from gitexp.render.diff_markdown import diff_markdown
from gitexp.render.diff_words import delta_words, numbers
from gitexp.render.machine import diff_json
from gitexp.render.terminal_diff import diff_page, patch_text
from gitexp.schema.diff import (
    WORKING_TREE,
    CheckpointDelta,
    CodeDelta,
    FileDelta,
    MetricDelta,
    RunDiff,
    ValueDelta,
)

Golden = Callable[[str, str], None]

FILES = (
    FileDelta("train.py", "M", 3, 1),
    FileDelta("model/net.py", "R", 0, 0, "net.py"),
    FileDelta("figures/curve.png", "A", None, None),
    FileDelta("old.py", "D", 0, 40),
)


def made(count: int, *, patch: bool = False) -> RunDiff:
    """The demo's learning rates, with code and packages that differ."""
    sides = []
    for i, view in enumerate(three_learning_rates()[:count]):
        packages = {"torch": f"2.{i}", "numpy": "1.26"}
        if i:
            packages["einops"] = "0.8"
        labels = ("epoch-10", "best")
        trees = {label: str(i if label == "best" else 0) * 40 for label in labels}
        sides.append(Side(view.run, {"packages": packages, "host": "lab-02"}, trees))
    code = [CodeDelta(i, FILES, PATCH if patch else None) for i in range(1, count)]
    return compare(sides, code)


@pytest.mark.parametrize("count", [2, 3])
def test_golden(count: int, golden: Golden) -> None:
    golden(f"terminal/diff-{count}.txt", diff_page(made(count), width=140, colour=False))
    golden(f"terminal/diff-{count}.md", diff_markdown(made(count, patch=True)))


def test_golden_with_colours(golden: Golden) -> None:
    page = diff_page(made(2), width=100, colour=True) + patch_text(PATCH, colour=True)
    golden("terminal/diff-colour.txt", page.replace("\x1b", "ESC"))


def test_where_there_is_no_room_for_all_each_stands_against_the_baseline() -> None:
    pages = diff_page(made(3), width=80, colour=False)
    assert len(re.findall(r"(?m)^from  ", pages)) == 2
    assert len(re.findall(r"(?m)^baseline  ", diff_page(made(3), width=200, colour=False))) == 1


def test_runs_that_are_the_same() -> None:
    side = Side(three_learning_rates()[0].run)
    page = diff_page(compare([side, side]), width=100, colour=False)
    assert page.splitlines()[-1].startswith("No differences")
    assert len(page.splitlines()) == 4
    assert "No differences" in diff_markdown(compare([side, side]))


def test_the_working_tree() -> None:
    same = RunDiff(("a", WORKING_TREE), ("finished", ""), (), (), (), (), (), ())
    assert "No differences: the working tree's code is the run's." in diff_page(
        same, width=80, colour=False
    )
    page = diff_page(replace(same, code=(CodeDelta(1, FILES),)), width=80, colour=False)
    assert "Code: 4 files changed, +3 -41" in page
    assert "net.py → model/net.py" in page


def metric(goal: str | None, *last: float | None) -> MetricDelta:
    return MetricDelta("m", goal, last, last, tuple(None for _ in last))


@pytest.mark.parametrize(
    ("delta", "words", "short"),
    [
        (metric("lower", 0.5, 0.4), "-0.1 (-20%) better", "-20% better"),
        (metric("higher", 0.5, 0.4), "-0.1 (-20%) worse", "-20% worse"),
        (metric(None, 0.5, 0.4), "-0.1 (-20%)", "-20%"),
        (metric("lower", 0.0, 0.4), "+0.4 worse", "+0.4 worse"),
        (metric("lower", 1.0, 1.0), "same", "same"),
        (metric("lower", None, 1.0), "", ""),
        (metric("lower", math.nan, 1.0), "", ""),
        (metric("lower", 1.0, math.inf), "∞ worse", "∞ worse"),
        (metric("lower", 1e-5, 1.0), "+1 (\u00d7100000) worse", "\u00d7100000 worse"),
        (metric("lower", -1.0, -0.5), "+0.5 (+50%) worse", "+50% worse"),
    ],
)
def test_deltas_in_words(delta: MetricDelta, words: str, short: str) -> None:
    assert delta_words(delta, 1) == words
    assert delta_words(delta, 1, short=True) == short


def test_numbers_that_differ_look_different() -> None:
    assert numbers([0.5, 0.25, None]) == ["0.5", "0.25", text.NONE]
    assert numbers([1.0, 0.99999999]) == ["1", "0.99999999"]
    assert numbers([0.12344999, 0.12344001]) == ["0.12345", "0.12344"]
    assert numbers([math.nan, math.nan]) == ["NaN", "NaN"]


def test_checkpoints_of_which_there_is_the_same_to_say_are_one_row() -> None:
    def row(label: str, *trees: str | None) -> CheckpointDelta:
        sizes = tuple(None if tree is None else 2048 for tree in trees)
        return CheckpointDelta(label, sizes, sizes, trees)

    diff = RunDiff(
        names=("a", "b"),
        statuses=("finished", "finished"),
        **{part: () for part in ("config", "metrics", "code", "environment", "hardware")},
        checkpoints=(
            *(row(f"epoch-{n}", f"a{n}", f"b{n}") for n in range(1, 5)),
            row("init", "same", "same"),
            row("last", None, "x"),
        ),
    )
    page = diff_page(diff, width=100, colour=False)
    assert page.splitlines()[-3:] == [
        "  epoch-1 … epoch-4 (4)  2 KiB → 2 KiB, other tensors",
        "  init                   2 KiB → 2 KiB, same bit for bit",
        "  last                   (none) → 2 KiB",
    ]
    assert "| `epoch-1` … `epoch-4` (4) | 2 KiB | 2 KiB, other tensors |" in diff_markdown(diff)


@pytest.mark.parametrize("evil", EVIL)
def test_what_runs_say_moves_no_terminal_and_no_page(evil: str) -> None:
    values = (ValueDelta(evil, (evil, [evil])),)
    diff = RunDiff(
        names=(evil, "b"),
        statuses=(evil, evil),
        config=values,
        metrics=(MetricDelta(evil, "lower", (1.0, 2.0), (1.0, 1.5), (1, 2)),),
        code=(CodeDelta(1, (FileDelta(evil, evil, 1, 2, evil),), f"+{evil}\n"),),
        environment=values,
        hardware=(ValueDelta(evil, (1.0, 2.0)),),
        checkpoints=(CheckpointDelta(evil, (1, 2), (1, 2), ("a", "b")),),
        command=ValueDelta("command", (evil, "x")),
        summary=values,
    )
    for width in (None, 90):
        page = diff_page(diff, width=width, colour=False)
        page += patch_text(diff.code[0].patch or "", colour=False)
        assert not any(
            ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in page.replace("\n", "").replace("\t", "")
        )
        assert "\u202e" not in page
        page.encode()
    three = replace(
        diff,
        names=(evil, "b", evil),
        statuses=(evil,) * 3,
        code=(replace(diff.code[0], which=2),),
        **{"config": (), "environment": (), "hardware": (), "summary": (), "command": None},
        metrics=(MetricDelta(evil, "lower", (1.0, 2.0, 3.0), (None,) * 3, (None,) * 3),),
        checkpoints=(),
    )
    for page in (diff_markdown(diff), diff_markdown(three)):
        page.encode()
        tags = set()
        for token in walk(MarkdownIt("commonmark", {"html": True}).enable("table").parse(page)):
            if token.type in ("html_block", "html_inline"):
                tags |= set(re.findall(r"<[^>]*>", token.content))
        assert tags <= {"<details>", "</details>", "<summary>", "</summary>", "<br>", "<code>",
                        "</code>"}  # fmt: skip


def walk(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from walk(token.children or [])


def test_json_tells_the_same() -> None:
    diff = replace(made(2, patch=True), metrics=(metric("lower", math.nan, 2.0),))
    data: dict[str, Any] = json.loads(orjson.dumps(diff_json(diff)))
    assert data["names"] == ["quick-purple-dove", "calm-amber-otter"]
    assert data["config"]["lr"] == [0.1, 0.01]
    assert data["metrics"][0]["last"] == ["NaN", 2.0]
    assert data["metrics"][0]["delta"] == ["NaN", "NaN"]
    assert data["code"][0]["files"][1]["old_path"] == "net.py"
    assert data["code"][0]["patch"] == PATCH
    assert data["same"] is False
