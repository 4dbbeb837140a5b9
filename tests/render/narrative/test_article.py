"""Markdown of an article: what it becomes, what is refused and where, and that it stays inert."""

from __future__ import annotations

import pytest
from render import factory
from render.test_report import Elements

from gitexp.errors import BadArticle
from gitexp.render.narrative.article import read_article
from gitexp.render.narrative.blocks import KINDS, read_block
from gitexp.render.narrative.math import BadFormula, mathml


def html_of(source: str) -> str:
    article = read_article(source, "notes.md", lambda address: f"data:{address}")
    return "".join(piece for piece in article.pieces if isinstance(piece, str))


def test_the_first_heading_is_the_title() -> None:
    article = read_article("text\n\n# A *title* &amp; more\n\n# Another\n", "notes.md")
    assert article.title == "A title & more"
    assert html_of("# T\n\n# Another\n") == "<h2>Another</h2>\n"


def test_panels_stand_where_they_are_written() -> None:
    source = "a\n\n```gitexp\npanel: runs\n```\n\nb\n\n```gitexp\npanel: findings\n```\n"
    article = read_article(source, "notes.md")
    assert [block.kind for block in article.panels] == ["runs", "findings"]
    assert [piece for piece in article.pieces if isinstance(piece, int)] == [0, 1]
    assert article.panels[1].line == 9


def test_tables_footnotes_code_and_formulas() -> None:
    html = html_of(
        "| a | b |\n| --- | ---: |\n| 1 | 2 |\n\nx[^1] $a^2$\n\n$$\n\\frac{1}{2}\n$$\n\n"
        "```python\nx = 1  # <b>\n```\n\n```\nplain\n```\n\n[^1]: note\n"
    )
    Elements(html)  # closed in order
    assert '<td class="num">2</td>' in html
    assert "style=" not in html  # the page's policy gives it no force
    assert "<msup><mi>a</mi><mn>2</mn></msup>" in html
    assert '<p class="formula"><math' in html
    assert '<span class="c1"># &lt;b&gt;</span>' in html
    assert 'id="fn1"' in html


@pytest.mark.parametrize("text", [*factory.EVIL, "<!-- --><script>alert(1)</script>", "&#0;"])
def test_html_is_text(text: str) -> None:
    html = html_of(
        f"{text}\n\n`{text}`\n\n```\n{text}\n```\n\n{text.splitlines()[0]}: [x]({text})"
    )
    tags = {tag for tag, _ in Elements(html).all}
    assert not tags & {"script", "img", "svg", "style", "iframe", "details", "title"}
    for _, attributes in Elements(html).all:
        assert not [name for name in attributes if name.startswith("on")]


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:x", "file:///etc/passwd", "data:text/html,x", "a.md"],
)
def test_links_lead_to_the_web_and_nowhere_else(address: str) -> None:
    assert "href" not in html_of(f"[x]({address})\n\n[y]\n\n[y]: {address}\n")
    assert 'href="https://example.org/?a&amp;b"' in html_of("[x](https://example.org/?a&b)")


def test_pictures_are_what_the_reader_of_them_gives() -> None:
    assert 'src="data:a.png"' in html_of("![words](a.png)")
    assert "src" not in "".join(map(str, read_article("![words](a.png)", "n.md").pieces))


def test_a_picture_that_is_not_there_is_named_with_its_line() -> None:
    def missing(address: str) -> str:
        raise ValueError(f"cannot read {address!r}")

    with pytest.raises(BadArticle, match=r"notes\.md line 4: cannot read 'a\.png'"):
        read_article("# T\n\nwords\nand ![x](a.png)\n", "notes.md", missing)


@pytest.mark.parametrize(
    ("block", "line", "why", "hint"),
    [
        ("panel: curvs", 4, "there is no panel 'curvs'", "did you mean 'curves'?"),
        ("panel: runs\nmetric: x", 5, "a runs panel takes no 'metric'", "did you mean 'metrics'?"),
        ("metrics: x", 4, "it does not say which panel", "panel: one of curves"),
        ("- curves", 4, "a panel is written as `key: value` lines", "panel: curves"),
        ("panel: [", 5, "this is no YAML", None),
        ("panel: runs\npanel: runs", 5, "'panel' is there twice", None),
        ("panel: scatter\nx: lr", 3, "a scatter panel needs 'y'", None),
        ("panel: runs\nlimit: many", 5, "'limit' is 'many', not a count", None),
        ("panel: curves\nlog: 3", 5, "'log' is 3, not true or false", None),
        ("panel: curves\nmetrics: {a: 1}", 5, "'metrics' is a mapping, not a list of texts", None),
        ("panel: curves\nsmoothing: 2", 5, "'smoothing' is from 0", None),
        ("panel: runs\nwhere:", 5, "'where' is empty, not a text", None),
        ("panel: !!python/object:os.system x", 4, "this is no YAML", None),
    ],
)  # fmt: skip
def test_a_wrong_block_is_named_with_its_line(
    block: str, line: int, why: str, hint: str | None
) -> None:
    with pytest.raises(BadArticle) as caught:
        read_article(f"# T\n\n```gitexp\n{block}\n```\n", "notes.md")
    assert caught.value.message.startswith(f"notes.md line {line}: {why}")
    assert hint is None or hint in (caught.value.hint or "")


@pytest.mark.parametrize("kind", KINDS)
def test_every_panel_takes_runs_and_a_title(kind: str) -> None:
    needed = "x: lr\ny: loss\n" if kind == "scatter" else ""
    block = read_block(f"panel: {kind}\nruns: a\ntitle: 3\n{needed}", "n.md", 1)
    assert (block.kind, block.runs, block.title) == (kind, ("a",), "3")


@pytest.mark.parametrize(
    "latex",
    [
        r"\text{<script>alert(1)</script>}", r"\href{javascript:alert(1)}{x}", r"\style{x:1}{y}",
        r"\class{a}{b}", r"&lt;img onerror=1&gt;", r'\text{" onclick="x}', r"\text{&#60;b&#62;}",
    ],
)  # fmt: skip
def test_a_formula_is_nothing_but_a_formula(latex: str) -> None:
    elements = Elements(mathml(latex, block=True))
    for tag, attributes in elements.all:
        assert tag[0] == "m"
        assert not {"href", "style", "class", "onclick"} & set(attributes)


def test_a_formula_that_cannot_be_read() -> None:
    with pytest.raises(BadFormula):
        mathml("{", block=False)
    with pytest.raises(BadArticle, match=r"notes\.md line 3: "):
        read_article("a\n\n$$\n\\left( x\n$$\n", "notes.md")
