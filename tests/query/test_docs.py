"""docs/selectors-and-filters.md tells what there is, and what it shows can be read."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from gitexp.query.expression import FUNCTIONS, METHODS, parse
from gitexp.query.fields import ASPECTS, fact_names

PAGE = (Path(__file__).resolve().parents[2] / "docs/selectors-and-filters.md").read_text("utf-8")
SHOWN = [
    words[words.index(option) + 1]
    for line in re.findall(r"(?m)^\$ (gitexp ls .*)$", PAGE)
    for words in [shlex.split(line)]
    for option in ("--where", "--sort")
    if option in words
]


@pytest.mark.parametrize("name", fact_names())
def test_every_fact_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("name", ASPECTS)
def test_every_aspect_of_a_metric_is_documented(name: str) -> None:
    assert re.search(rf"`[\w]*\.{name}`", PAGE)


@pytest.mark.parametrize("name", [*FUNCTIONS, *(f".{method}()" for method in METHODS)])
def test_every_function_is_documented(name: str) -> None:
    assert f"`{name}`" in PAGE


@pytest.mark.parametrize("expression", SHOWN)
def test_what_is_shown_can_be_read(expression: str) -> None:
    parse(expression)


def test_something_is_shown() -> None:
    assert len(SHOWN) >= 8
