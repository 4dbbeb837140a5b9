"""Findings as people see them: in the terminal, in README.md and in a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from markdown_it import MarkdownIt
from render import factory

from gitexp.render.findings import finding_rows
from gitexp.render.readme import run_readme
from gitexp.render.report import report_html
from gitexp.render.terminal_run import run_page
from gitexp.schema.finding import WARNING, Finding
from gitexp.schema.view import RunView

DEAD = Finding(
    "dead-units", WARNING, "17 of 48 units of 0.weight (35%) had no gradient", "0.weight",
    (300, 1700), "lower the learning rate", {"share": {"0.weight": 0.35}},
).to_json()  # fmt: skip


def view_with(*findings: dict[str, Any]) -> RunView:
    return replace(factory.training(), findings=findings)


def test_the_terminal_says_what_where_and_what_to_try() -> None:
    page = run_page(view_with(DEAD), now_s=0, width=90, colour=False)
    assert "\nFindings\n  ! dead-units  0.weight, steps 300 to 1,700\n" in page
    assert "\n    17 of 48 units of 0.weight (35%) had no gradient\n" in page
    assert "\n    try: lower the learning rate\n" in page


def test_more_than_a_page_of_them_is_cut() -> None:
    page = run_page(view_with(*[DEAD] * 14), now_s=0, width=90, colour=False)
    assert page.count("dead-units") == 10
    assert "… and 4 more in diagnostics.json" in page


def test_the_readme_says_the_same() -> None:
    page = run_readme(view_with(DEAD))
    assert "## Findings" in page
    assert "**dead-units**: 17 of 48 units of 0.weight (35%) had no gradient" in page
    assert "Try: lower the learning rate." in page
    assert "## Findings" not in run_readme(view_with())


def test_the_report_says_the_same() -> None:
    html = report_html([view_with(DEAD)], title="t", generated_s=0.0)
    assert "<strong>dead-units</strong> (warning) in <code>0.weight</code>" in html
    assert "17 of 48 units of 0.weight" in html


HOSTILE = {"rule": "<script>|x", "severity": ["a"], "what": "a\n# b\x1b[31m | <img src=x>",
           "where": None, "steps": ["a", 3], "try": 7}  # fmt: skip


def test_a_hostile_finding_stays_text() -> None:
    page = run_readme(view_with(HOSTILE))
    html = MarkdownIt("commonmark", {"html": True}).render(page)
    assert "<script>" not in html
    assert 'src="x"' not in html
    assert "<img src=x" not in html
    assert "\n# b" not in page
    html = report_html([view_with(HOSTILE)], title="t", generated_s=0.0)
    assert "<img src=x" not in html
    assert "\x1b" not in run_page(view_with(HOSTILE), now_s=0, width=90, colour=False)


@pytest.mark.parametrize("odd", [{}, {"rule": ""}, {"what": "no rule"}])
def test_what_is_no_finding_is_left_out(odd: dict[str, Any]) -> None:
    assert finding_rows([odd], 10) == []


def test_the_model_has_a_line_in_the_terminal() -> None:
    model = {"class": "Net", "parameters": 1000, "trainable": 900}
    page = run_page(replace(factory.training(), model=model), now_s=0, width=90, colour=False)
    assert "Net, 1,000 parameters, 100 of them frozen" in page
