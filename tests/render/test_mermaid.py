"""The graph of a model stays readable, whatever the model is."""

from __future__ import annotations

from typing import Any

import pytest

from gitexp.render.mermaid import model_graph


def module(kind: str, *children: dict[str, Any], parameters: int = 0) -> dict[str, Any]:
    named = [{"name": str(n), **child} for n, child in enumerate(children)]
    return {"class": kind, "parameters": parameters, "children": named}


def test_neighbours_that_are_the_same_are_one_box() -> None:
    block = module("Block", module("Linear", parameters=10), module("ReLU"), parameters=10)
    other = module("Block", module("Linear", parameters=11), parameters=11)
    lines = model_graph(module("Net", block, block, block, other, block)).splitlines()
    assert lines[1:5] == [
        '    m0["Net"]',
        '    m0 --> m1["3 of 0 … 2: Block, 10 parameters each"]',
        '    m0 --> m2["3: Block, 11 parameters"]',
        '    m0 --> m3["4: Block, 10 parameters"]',
    ]
    assert lines[5:] == [
        '    m1 --> m4["0: Linear, 10 parameters"]',
        '    m1 --> m5["1: ReLU"]',
        '    m2 --> m6["0: Linear, 11 parameters"]',
        '    m3 --> m7["0: Linear, 10 parameters"]',
        '    m3 --> m8["1: ReLU"]',
    ]


def test_a_deep_model_is_collapsed_from_below() -> None:
    def tree(depth: int) -> dict[str, Any]:
        inside = [tree(depth - 1) for _ in range(3)] if depth else []
        # No two alike, so that nothing can be joined.
        return module(f"Level{depth}", *inside, parameters=next(counter))

    counter = iter(range(1, 10_000))
    graph = model_graph(tree(5))
    assert graph.count("Level4") == 3
    assert graph.count("Level3") == 9
    assert "Level2" not in graph
    assert "more[…]" not in graph


def test_a_wide_model_is_cut() -> None:
    wide = module("Net", *(module("Linear", parameters=n) for n in range(1, 100)))
    graph = model_graph(wide)
    assert graph.splitlines()[-1] == "    m0 --> more[…]"
    assert graph.count("Linear") == 23


def test_shapes_are_shown_without_their_batch() -> None:
    graph = model_graph({"class": "Net", "outputs": [[32, 10]], "parameters": 5})
    assert graph.splitlines()[1] == '    m0["Net → 10, 5 parameters"]'
    assert '["Net → 1"]' in model_graph({"class": "Net", "outputs": [[32]]})


@pytest.mark.parametrize(
    "broken",
    [
        {}, {"class": 3}, {"class": "Net", "children": 7}, {"class": "N", "children": [3, None]},
        {"class": "N", "children": [{"children": [{}]}]}, {"class": "N", "outputs": [["x"]]},
        {"class": "N", "outputs": {"a": 1}, "parameters": "many"},
    ],
)  # fmt: skip
def test_a_malformed_model_is_no_error(broken: dict[str, Any]) -> None:
    graph = model_graph(broken)
    assert graph == "" or graph.startswith("graph TD\n")


def test_a_hostile_name_stays_a_label() -> None:
    graph = model_graph({"class": 'Net"] --> evil["<script>', "children": []})
    assert graph.splitlines()[1] == '    m0["Net·· --· evil···script·"]'
