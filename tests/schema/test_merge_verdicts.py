"""Two people ran the same run again: both verdicts stay."""

from __future__ import annotations

from typing import Any

from gitexp.schema.merge import merge_runs, only_annotated


def verdict(id: str, day: int) -> dict[str, Any]:
    return {"id": id, "created_at": f"2024-01-0{day}T00:00:00.000Z"}


def test_the_verdicts_of_both_sides_stay_once_each() -> None:
    base: dict[str, Any] = {"name": "dove", "tags": [], "notes": "", "verdicts": [verdict("a", 1)]}
    first = {**base, "verdicts": [*base["verdicts"], verdict("c", 3)]}
    second = {**base, "verdicts": [*base["verdicts"], verdict("b", 2)]}
    merged = merge_runs(base, first, second)
    assert [found["id"] for found in merged["verdicts"]] == ["a", "b", "c"]
    assert merge_runs(base, second, first) == merged
    assert only_annotated(base, first)


def test_a_run_of_an_older_gitexp_has_none() -> None:
    base: dict[str, Any] = {"name": "dove", "tags": [], "notes": ""}
    assert "verdicts" not in merge_runs(base, base, {**base, "tags": ["x"]})
    with_one = {**base, "verdicts": [verdict("a", 1)]}
    assert merge_runs(base, base, with_one)["verdicts"] == [verdict("a", 1)]
