"""Style sheets narrowed to one element: every rule but those of the page itself."""

from __future__ import annotations

import re

from gitexp.render.report import report_style
from gitexp.render.scope import scoped


def test_every_selector_is_narrowed() -> None:
    sheet = "a, b:not(.c, .d) { x: 1 } /* { */ @media print { p::before { y: 2 } }"
    assert re.sub(r"\s+", " ", scoped(sheet, "#s")) == (
        " #s a, #s b:not(.c, .d) { x: 1 } @media print { #s p::before { y: 2 } }"
    )


def test_rules_of_the_page_stay() -> None:
    assert scoped(":root{a:1}html{b:2}body{c:3}", "#s").split() == [
        ":root", "{a:1}", "html", "{b:2}", "body", "{c:3}",
    ]  # fmt: skip


def test_some_elements_are_left_alone() -> None:
    narrowed = scoped("a:hover{} p::before{}", "#s", ".live").split("\n")
    assert [line.strip() for line in narrowed if line.strip()] == [
        "#s a:hover:not(.live *) {}",
        "#s p:not(.live *)::before {}",
    ]


def test_the_reports_sheet_has_no_rule_for_all_pages() -> None:
    for part in re.findall(r"[^{}]+(?=\{)", report_style(but=".live")):
        for selector in re.split(r",(?![^()]*\))", part):
            page = selector.strip().startswith((":root", "html", "body", "@"))
            assert page or selector.strip().startswith("#static "), selector
