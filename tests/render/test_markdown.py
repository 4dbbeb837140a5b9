import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from gitexp.render import markdown as md

gfm = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])

HOSTILE = [
    "<script>alert(1)</script>",
    "<!-- comment",
    "[click](javascript:alert(1))",
    "![x](https://evil.example/track.png)",
    "a | b | c",
    "a \\| b",
    "`code` ``more``",
    "**bold** _em_ ~~gone~~",
    "# heading",
    "1. list\n2) list\n- item\n+ item\n* item",
    "> quote",
    "line\n===\n\nline\n---",
    "```\nfence\n```",
    "&lt;b&gt; &copy;",
    "$x^2$ $$y$$",
    "https://evil.example www.evil.example mailto:a@b.co",
    "<https://evil.example>",
    "[ref]: https://evil.example",
    "[^1]",
    "trailing backslash \\",
    "a  \nhard break",
]


def tags(html: str) -> set[str]:
    return set(re.findall(r"<(\w+)", html))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_makes_nothing_but_paragraphs(hostile):
    assert tags(gfm.render(md.text(hostile))) <= {"p", "br"}


@pytest.mark.parametrize("hostile", HOSTILE)
def test_a_table_keeps_its_shape(hostile):
    rows = [[md.cell(hostile), md.code_cell(hostile), "end"]]
    html = gfm.render(md.table(["a", "b", "c"], rows, "lrc"))
    assert tags(html) == {"table", "thead", "tbody", "tr", "th", "td", "code"}
    assert html.count("<td") == 3
    assert ">end</td>" in html


@given(st.text())
def test_a_cell_shows_the_text_that_went_in(anything):
    html = gfm.render(md.table(["a", "b"], [[md.cell("x" + anything), md.code_cell(anything)]]))
    assert html.count("<td") == 2
    assert tags(html) == {"table", "thead", "tbody", "tr", "th", "td", "code"}


@given(st.text(alphabet="`| \\a\n", max_size=12))
def test_code_spans_hold_any_backticks(anything):
    html = gfm.render(md.table(["a", "b"], [[md.code_cell("x" + anything + "x"), "end"]]))
    shown = re.search(r"<code>(.*?)</code>", html)
    assert shown is not None
    assert shown[1] == ("x" + anything + "x").replace("\n", "⏎")


@pytest.mark.parametrize("mention", ["@octocat", "a@b.co", "#12", "GH-12", "@org/team"])
def test_mentions_have_a_joiner_in_them(mention):
    assert "\u2060" in md.text(mention)
    assert md.text(mention).replace("\u2060", "").replace("\\", "") == mention


@pytest.mark.parametrize("link", ["http://x.example", "www.x.example", "mailto:x"])
def test_bare_links_are_broken(link):
    shown = md.text(link)
    assert link not in shown
    assert shown.replace("\u2060", "") == link


@given(st.text(alphabet="`~\nab "))
def test_a_fence_is_closed_by_itself_only(anything):
    html = gfm.render(md.fence(anything, "text") + "\n\nafter")
    assert html.endswith("<p>after</p>\n")
    assert tags(html) == {"pre", "code", "p"}
