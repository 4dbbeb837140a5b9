"""What runs used, and what of it was spent for nothing."""

from __future__ import annotations

from typing import Any

import pytest

from gitexp.render.ledger import ledger_notes, ledger_row, spent_words
from gitexp.render.text import NONE
from gitexp.schema.ledger import KEYS, build_ledger, repeats


def a_run(id: str, hour: int, status: str = "finished", **more: Any) -> dict[str, Any]:
    return {
        "id": id,
        "status": status,
        "created_at": f"2024-01-01T{hour:02}:00:00.000Z",
        "finished_at": f"2024-01-01T{hour:02}:30:00.000Z",
        "duration_s": 1800.0,
        "author": "Ada Lovelace <ada@example.org>",
        "command": ["python", "train.py"],
        "cwd": "",
        "config_digest": "c",
        "git": {"code_tree": "t"},
        "hardware": {"energy_wh": 10.0, "co2_g": 5.0, "cost": 1.0, "currency": "EUR"},
        **more,
    }


def test_sums() -> None:
    dollars = {"energy_wh": 1.0, "cost": 2.0, "currency": "USD"}
    runs = [
        a_run("a", 1, author="Bob <b@x>"),
        a_run("b", 2, "failed", config_digest="d"),
        a_run("c", 3, config_digest="e", hardware=dollars),
        a_run("d", 4, config_digest="f", hardware={}),
    ]  # fmt: skip
    ledger = build_ledger(runs, "author")
    assert [(row.label, row.runs) for row in ledger.rows] == [("Ada Lovelace", 3), ("Bob", 1)]
    total = ledger.total
    assert (total.runs, total.measured, total.energy_wh, total.co2_g) == (4, 3, 21.0, 10.0)
    assert total.cost == {"EUR": 2.0, "USD": 2.0}
    assert total.duration_s == 7200
    assert ledger.unfinished.energy_wh == 10.0
    assert ledger.repeated.runs == 0


def test_what_is_not_known_is_not_nothing() -> None:
    bare = {"energy_wh": 1.0}
    unknown = build_ledger([a_run("a", 1, hardware=bare)], "author").total
    assert (unknown.energy_wh, unknown.co2_g, unknown.cost) == (1.0, None, {})
    assert ledger_row(unknown)[2:5] == ("1 Wh", NONE, NONE)
    assert "CO₂" not in spent_words(unknown)
    free = {"energy_wh": 1.0, "co2_g": 0.0}
    known = build_ledger([a_run("a", 1, hardware=free), a_run("b", 2, hardware=bare)], "author")
    assert known.total.co2_g == 0.0
    assert "0 g CO₂" in spent_words(known.total)
    assert ledger_notes(known)[-1] == "of 1 run with known energy the CO₂ is not known"


@pytest.mark.parametrize("by", KEYS)
def test_rows_add_up_to_the_total(by: str) -> None:
    runs = [a_run(str(i), i, status, group=group) for i, (status, group) in enumerate(
        [("finished", "g"), ("failed", None), ("killed", "g"), ("running", "h")])]  # fmt: skip
    ledger = build_ledger(runs, by)
    assert sum(row.runs for row in ledger.rows) == ledger.total.runs == 4
    assert sum(row.energy_wh for row in ledger.rows) == ledger.total.energy_wh


def test_months_stand_in_their_order() -> None:
    runs = [{**a_run(str(i), 1), "created_at": f"2024-{m:02}-01T00:00:00Z"} for i, m in
            enumerate((3, 1, 2))]  # fmt: skip
    assert [row.label for row in build_ledger(runs, "month").rows] == [
        "2024-01", "2024-02", "2024-03",
    ]  # fmt: skip


def test_what_repeats_a_finished_run() -> None:
    first = a_run("first", 1)
    assert repeats([a_run("again", 2), first]) == {"again"}
    # Begun while the first one still ran: nobody could know.
    assert (
        repeats([first, {**a_run("beside", 1), "created_at": "2024-01-01T01:10:00.000Z"}]) == set()
    )
    for other in (
        a_run("x", 2, config_digest="d"),
        a_run("x", 2, git={"code_tree": "u"}),
        a_run("x", 2, command=["python", "train.py", "-x"]),
        a_run("x", 2, cwd="sub"),
        a_run("x", 2, lineage={"reproduced_from": "first"}),
        a_run("x", 2, git={}),
    ):
        assert repeats([first, other]) == set()
    assert repeats([a_run("first", 1, "failed"), a_run("again", 2)]) == set()
    # A repeat that failed was a repeat all the same.
    assert repeats([first, a_run("again", 2, "killed")]) == {"again"}


def test_what_was_saved() -> None:
    saved = [{"duration_s": 60.0, "energy_wh": 3.0, "co2_g": 1.0, "cost": None}, {"run": "x"}]
    ledger = build_ledger([], "status", saved)
    assert (ledger.saved.runs, ledger.saved.energy_wh, ledger.saved.duration_s) == (2, 3.0, 60.0)
