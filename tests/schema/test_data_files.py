"""Files of large folders are told together, and a run never tells of too many."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gitexp.schema.data_files import folded


def entry(path: str, size: int = 1, modified: str = "2024") -> dict[str, Any]:
    return {"path": path, "bytes": size, "modified": modified, "sha256": "0"}


def test_few_files_stay_as_they_are() -> None:
    assert folded([entry("b"), entry("a/x")]) == [entry("a/x"), entry("b")]


def test_a_folder_of_many_files_is_one_entry() -> None:
    files = [entry(f"d/{n}.png", n, f"2024-{n:02}") for n in range(40)]
    assert folded([entry("a"), *files]) == [
        entry("a"),
        {"path": "d/", "bytes": 780, "modified": "2024-39", "sha256": None, "files": 40},
    ]


@given(st.integers(0, 3000), st.integers(1, 700))
def test_nothing_is_lost_and_the_list_is_short(count: int, spread: int) -> None:
    found = folded([entry(f"top/{n % spread}/{n}") for n in range(count)])
    assert len(found) <= 256
    assert sum(e.get("files", 1) for e in found) == count
    assert sum(e["bytes"] for e in found) == count
