"""The table of runs: what fits, what gives way, and that no cell does more than show itself."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from render.factory import EVIL

from gitexp.render.terminal_list import runs_csv, runs_table, safe_cell, table_notes
from gitexp.render.terminal_text import cells
from gitexp.schema.listing import (
    AGE,
    DURATION,
    METRIC,
    NAME,
    STATUS,
    TAGS,
    TIME,
    VALUE,
    Column,
    Listing,
)

Golden = Callable[[str, str], None]

COLUMNS = (
    Column("name", "name", NAME, rank=0),
    Column("status", "status", STATUS, rank=1),
    Column("age", "age", AGE, rank=4),
    Column("duration", "duration", DURATION, rank=12),
    Column("config.lr", "lr", VALUE, rank=3),
    Column("config.optimizer.name", "optimizer.name", VALUE, rank=6),
    Column("metrics.val/loss", "val/loss", METRIC, "lower", rank=2),
    Column("metrics.val/acc", "val/acc", METRIC, "higher", rank=5),
    Column("tags", "tags", TAGS, rank=7),
)
ROWS: tuple[tuple[Any, ...], ...] = (
    ("quick-purple-dove", "running", 12, 12.0, 0.1, "adam", 0.5, 0.25, ["baseline", "v2"]),
    ("calm-amber-otter", "finished", 7300, 723, 0.01, "sgd", 0.0123456, 0.98, []),
    ("wide-名前-wren", "failed", 90_000, 9.4, 1e-5, None, math.nan, None, ["名"]),
    ("broken-run", None, None, None, None, None, None, None, None),
    ("bold-crimson-heron", "killed", 9e6, 61, None, "a very long optimizer's name, " * 3, None,
     0.98, []),
    ("lucid-violet-hare", "interrupted", 2e8, 86_400, True, [1, 2], math.inf, 0.1, []),
)  # fmt: skip


def listing(rows: tuple[tuple[Any, ...], ...] = ROWS, **changes: Any) -> Listing:
    why = tuple("its ref points at a blob" if row[0] == "broken-run" else None for row in rows)
    names = tuple(str(row[0]) for row in rows)
    fields: dict[str, Any] = {"total": len(rows), **changes}
    return Listing(COLUMNS, rows, names, why, **fields)


@pytest.mark.parametrize("width", [60, 80, 100, 140, None])
def test_golden(width: int | None, golden: Golden) -> None:
    text = runs_table(listing(), width=width, colour=False)
    notes = table_notes(listing(limited=True, total=12_345), width=width)
    golden(f"terminal/ls-{width or 'piped'}.txt", text + "".join(f"[{n}]\n" for n in notes))


def test_golden_with_colours(golden: Golden) -> None:
    text = runs_table(listing(), width=120, colour=True)
    golden("terminal/ls-colour.txt", text.replace("\x1b", "ESC"))


@pytest.mark.parametrize("width", range(20, 160, 7))
def test_it_fits_the_terminal(width: int) -> None:
    for line in runs_table(listing(), width=width, colour=False).splitlines():
        assert cells(line) <= max(width, 18)


def test_names_and_best_metrics_stay_longest() -> None:
    head = runs_table(listing(), width=45, colour=False).splitlines()[0]
    assert head.split() == ["name", "status", "val/loss", "↓"]
    (note,) = table_notes(listing(), width=45)
    assert note.startswith("6 columns did not fit: age, duration, config.lr")


def test_piped_nothing_is_cut() -> None:
    text = runs_table(listing(), width=None, colour=False)
    assert "a very long optimizer's name, " * 3 in text.replace("\n", " ") + " "
    assert "\x1b" not in text
    assert table_notes(listing(), width=None) == []


@pytest.mark.parametrize("evil", EVIL)
def test_what_a_run_says_moves_no_terminal(evil: str) -> None:
    row = (evil, evil, 1, 1, evil, [evil], evil, evil, [evil])
    made = Listing(COLUMNS, (row, row), (evil, evil), (None, evil), 2)
    for width in (None, 60):
        text = runs_table(made, width=width, colour=False)
        assert len(text.splitlines()) == 3
        assert not any(ord(c) < 32 or 0x7F <= ord(c) < 0xA0 for c in text.replace("\n", ""))
        assert "\u202e" not in text
        text.encode()


@settings(deadline=None)
@given(st.text())
def test_no_csv_cell_is_a_formula(value: str) -> None:
    assert not safe_cell(value).startswith(("=", "+", "-", "@", "\t", "\r"))
    assert safe_cell(value).removeprefix("'") == value.removeprefix("'")


def test_csv() -> None:
    columns = (*COLUMNS, Column("created", "created", TIME), Column("=x", "=x", VALUE))
    row = (*ROWS[0], 1704067200.5, {"a": [1]})
    evil = ("=1+1", "@x", -1, -2.5, -1e-7, "-3", math.nan, None, ["=a", "b"], None, False)
    made = Listing(columns, (row, evil), ("a", "b"), (None, None), 2)
    read = list(csv.reader(io.StringIO(runs_csv(made))))
    assert read[0][-2:] == ["created", "'=x"]
    assert read[1] == [
        "quick-purple-dove", "running", "12", "12.0", "0.1", "adam", "0.5", "0.25", "baseline,v2",
        "2024-01-01T00:00:00.500Z", '{"a": [1]}',
    ]  # fmt: skip
    assert read[2] == [
        "'=1+1", "'@x", "-1", "-2.5", "-1e-07", "'-3", "NaN", "", "'=a,b", "", "false",
    ]  # fmt: skip
