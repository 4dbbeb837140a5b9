"""`wandb.watch`: rows with the histograms that scripts written for wandb know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.watched import journal_run

import gitexp
from gitexp.journal.tail import LineTail
from gitexp.wandb import watch_rows

torch = pytest.importorskip("torch")


@pytest.fixture
def rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Train a model for four steps; returns the rows that were logged."""
    monkeypatch.setattr(watch_rows, "_count", 0)

    def of(*models: Any) -> list[dict[str, Any]]:
        for step in range(4):
            for model in models:
                model(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).sum().backward()
            gitexp.log({"loss": step})
        steps: dict[int, dict[str, Any]] = {}
        for line in LineTail(tmp_path / "metrics.jsonl").objects(final=True):
            steps.setdefault(line["_step"], {}).update(line)
        return [steps[step] for step in sorted(steps)]

    with journal_run(tmp_path):
        yield of
        gitexp.unwatch()


def keys_of(rows: list[dict[str, Any]]) -> list[set[str]]:
    return [{key for key in row if key[0] != "_" and key != "loss"} for row in rows]


def test_every_nth_gradient_and_parameter_is_a_histogram(rows: Any) -> None:
    wandb = gitexp
    model = torch.nn.Linear(2, 1)
    wandb.watch(model, log="all", log_freq=2)
    found = rows(model)
    every = {"gradients/weight", "gradients/bias", "parameters/weight", "parameters/bias"}
    assert keys_of(found) == [set(), every, set(), every]
    weight, bias = found[1]["gradients/weight"], found[1]["gradients/bias"]
    assert weight["_type"] == "histogram"
    assert (len(weight["values"]), len(weight["bins"])) == (64, 65)
    assert (weight["values"][0], weight["values"][-1]) == (1, 1)
    assert (weight["bins"][0], weight["bins"][-1]) == (4.0, 6.0)
    assert (bias["values"], bias["bins"]) == ([1.0], [2.0, 2.0])


def test_further_models_have_numbers_and_what_is_unwatched_has_no_rows(rows: Any) -> None:
    wandb = gitexp
    one, two = torch.nn.Linear(2, 1, bias=False), torch.nn.Linear(2, 1, bias=False)
    wandb.watch([one, two], log_freq=1)
    assert keys_of(rows(one, two)) == [{"gradients/weight", "gradients/graph_1weight"}] * 4
    wandb.unwatch(one)
    assert keys_of(rows(one, two)[4:]) == [{"gradients/graph_1weight"}] * 4


def test_scripts_of_gitexps_own_have_no_such_rows(rows: Any) -> None:
    model = torch.nn.Linear(2, 1)
    gitexp.watch(model, log_freq=1)
    assert keys_of(rows(model)) == [set()] * 4


def test_what_is_wrong_is_an_error_as_wandbs(rows: Any) -> None:
    wandb = gitexp
    with pytest.raises(ValueError, match="must be one of"):
        wandb.watch(torch.nn.Linear(2, 1), log="nothing")
    with pytest.raises(TypeError, match="not a int"):
        wandb.watch(3)


@pytest.mark.parametrize(
    ("values", "counts"),
    [
        ([float("nan"), float("inf"), 1.0, 1.0], [2.0]),
        ([float("nan")], None),
        ([], None),
        ([2.0, 0.0, 2.0], [1.0] + [0.0] * 62 + [2.0]),
    ],
)
def test_what_is_not_finite_is_left_out(values: list[float], counts: list[float] | None) -> None:
    counted = watch_rows._counted(torch.tensor(values))
    assert (counted and counted[0]) == counts


def test_a_sparse_gradient_has_its_zeros() -> None:
    sparse = torch.sparse_coo_tensor([[0, 2]], [1.0, 3.0], (5,), check_invariants=True)
    counts, edges = watch_rows._counted(sparse) or ([], [])
    assert (edges[0], edges[-1], sum(counts), counts[0], counts[-1]) == (0.0, 3.0, 5.0, 3.0, 1.0)
    below = torch.sparse_coo_tensor([[0, 2]], [-1.0, -3.0], (5,), check_invariants=True)
    counts, edges = watch_rows._counted(below) or ([], [])
    assert (edges[0], edges[-1], counts[0], counts[-1]) == (-3.0, 0.0, 1.0, 3.0)
