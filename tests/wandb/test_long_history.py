"""`Api().run(…).history()` of long runs: rows that are chosen as they are read."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest

from gitexp.wandb.public.history import sampled


def rows(n: int) -> Iterator[dict[str, Any]]:
    return ({"_step": at} for at in range(n))


@pytest.mark.parametrize("n", [0, 1, 9, 10, 11, 199, 200, 201, 4321])
def test_rows_are_chosen_evenly_and_the_ends_are_among_them(n: int) -> None:
    steps = [row["_step"] for row in sampled(rows(n), 10)]
    assert len(steps) == min(n, 10)
    assert steps == sorted(set(steps))
    if n > 10:
        gaps = [b - a for a, b in itertools.pairwise(steps)]
        assert (steps[0], steps[-1]) == (0, n - 1)
        assert max(gaps) <= 1.2 * min(gaps) + 2
    else:
        assert steps == list(range(n))


def test_no_more_rows_are_held_than_it_takes() -> None:
    class Row(dict[str, Any]):
        alive, most = 0, 0

        def __init__(self, at: int) -> None:
            super().__init__(_step=at)
            Row.alive += 1
            Row.most = max(Row.most, Row.alive)

        def __del__(self) -> None:
            Row.alive -= 1

    assert len(sampled((Row(at) for at in range(10_000)), 10)) == 10
    assert Row.most < 300
