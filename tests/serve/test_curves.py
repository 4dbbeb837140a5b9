"""Zooming into a long run reads only the parts that it needs, and shows what all would show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.dashboard import Client, dashboard
from support.runs import make_run

from gitexp.schema.names import METRICS, part_name
from gitexp.serve import curves

PARTS, ROWS = 20, 50  # of 20 rows each second step has the second metric
STEPS = PARTS * ROWS


def value(step: int) -> float:
    return float((step * 37) % 101)


@pytest.fixture
def client(repo: Path) -> object:
    files = {}
    for part in range(PARTS):
        rows = [
            {"_step": 10 * i, "_time": 1_704_067_200 + i, "loss": value(i)}
            | ({"half": 1.5} if i % 2 else {})
            for i in range(part * ROWS, (part + 1) * ROWS)
        ]
        files[part_name(METRICS, part + 1)] = "".join(
            f"{json.dumps(row)}\n" for row in rows
        ).encode()
    # The summary in run.json is made from these.
    metrics = [{"loss": value(i), "half": 1.5} for i in range(STEPS)]
    make_run(repo, "long", metrics=metrics, files=files)
    with dashboard(repo) as found:
        yield found


def part(client: Client, metric: str, first: int, last: int) -> list[tuple[float, float]]:
    found = client.get("series", metric, query=f"run=long&from={first}&to={last}").curves
    curve = found[("long", metric)]
    assert curve["total"] == len(curve["steps"])
    return list(zip(curve["steps"], curve["values"], strict=True))


@pytest.mark.parametrize("few", [1, 4, 1000])
@pytest.mark.parametrize(
    ("first", "last"),
    [(0, 10), (495, 505), (490, 1000), (3333, 4444), (0, 10 * STEPS), (9990, 20_000), (-5, -1)],
)
def test_a_part_is_what_the_whole_has_there(
    client: Client, monkeypatch: pytest.MonkeyPatch, few: int, first: int, last: int
) -> None:
    monkeypatch.setattr(curves, "_FEW_PARTS", few)
    whole = [(10 * i, value(i)) for i in range(STEPS)]
    inside = [i for i, (step, _) in enumerate(whole) if first <= step <= last]
    if inside:
        wanted = whole[max(0, inside[0] - 1) : inside[-1] + 2]
    else:
        wanted = [point for point in whole if point[0] > last][:1]
    assert part(client, "loss", first, last) == wanted
    # Once more, from what is kept by now.
    assert part(client, "loss", first, last) == wanted
    half = part(client, "half", first, last)
    assert all(step % 20 == 10 for step, _ in half)
    assert {s for s, _ in half} >= {s for s, _ in wanted if first <= s <= last and s % 20 == 10}


def test_a_long_run_is_shown_as_a_short_one(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(curves, "_LONG", 100)
    found = client.get("series", "loss", query="run=long").curves[("long", "loss")]
    assert found["total"] == STEPS
    assert found["steps"] == [10 * i for i in range(STEPS)]
    again = client.get("series", "loss", query="run=long").curves[("long", "loss")]
    assert again == found


def test_what_is_kept_in_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    recent = curves._Recent[str](10, len)
    reads: list[str] = []

    def read(key: str) -> str:
        return recent.get(key, lambda: reads.append(key) or key * 4)

    for key in "aabcabc":
        assert read(key) == key * 4
    # Of three that take 4 of 10 each, two stay: those that were asked for last.
    assert reads == ["a", "b", "c", "a", "b", "c"]
    assert recent.known("c") == "cccc"
    assert recent.known("a") is None
