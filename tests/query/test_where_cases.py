"""The `--where` cases that the page's own reader of the language is tested with, too."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gitexp.errors import BadExpression
from gitexp.query.filter import where
from gitexp.schema.clock import from_iso

CASES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "golden" / "where-cases.json").read_text(encoding="utf-8")
)
NOW = from_iso(CASES["now"])


@pytest.mark.parametrize("text", CASES["holds"])
def test_holds(text: str) -> None:
    assert where(text, NOW)(CASES["run"])


@pytest.mark.parametrize("text", CASES["does_not_hold"])
def test_does_not_hold(text: str) -> None:
    assert not where(text, NOW)(CASES["run"])


@pytest.mark.parametrize("case", CASES["errors"], ids=lambda case: str(case["text"]))
def test_errors(case: dict[str, Any]) -> None:
    def ask() -> None:
        condition = where(case["text"], NOW)
        condition.names.see(CASES["run"])
        condition.names.check(lambda: [CASES["run"]])

    with pytest.raises(BadExpression) as caught:
        ask()
    assert case["why"] in caught.value.message
    assert case["column"] in (None, caught.value.column)
