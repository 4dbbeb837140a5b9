"""An article's Markdown → HTML with places for its panels, formulas and pictures."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

from gitexp.errors import BadArticle
from gitexp.render.narrative.blocks import PanelBlock, read_block
from gitexp.render.narrative.math import BadFormula, mathml
from gitexp.render.text import one_line, plain

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_LINK = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_PLACE = "\x00panel {}\x00"  # no text of an author holds such a character: `plain` took them out
_MARKER = re.compile(r"\x00panel (\d+)\x00")


@dataclass(frozen=True, slots=True)
class Article:
    """An article, ready for its template."""

    title: str
    pieces: tuple[str | int, ...]  # HTML, and places of panels in `panels`
    panels: tuple[PanelBlock, ...]


def read_article(source: str, file: str, picture: Callable[[str], str] | None = None) -> Article:
    """Read an article.

    Args:
        source: CommonMark with tables, footnotes, strikethrough, `$…$`, `$$…$$` and ```gitexp
            blocks. HTML in it is text.
        file: its name, for messages.
        picture: a picture's address → what stands in the page for it, a data: URL; raises
            ValueError where there is none. None: pictures are left out.

    Raises:
        BadArticle: a block, formula or picture cannot be used; with the line.
    """
    tokens = _parser().parse(plain(source.replace("\r\n", "\n")))
    title, tokens = _take_title(tokens)
    panels: list[PanelBlock] = []
    for token in tokens:
        line = (token.map[0] if token.map else 0) + 1
        if token.type == "fence" and token.info.split()[:1] == ["gitexp"]:
            token.meta["place"] = len(panels)
            panels.append(read_block(token.content, file, line))
        for child in [token, *(token.children or [])]:
            try:
                _prepare(child, picture)
            except (BadFormula, ValueError) as error:
                raise BadArticle(file, line + _below(token, child), str(error)) from error
    html = _parser().renderer.render(tokens, _parser().options, {})
    parts = _MARKER.split(html)
    pieces = [int(part) if i % 2 else part for i, part in enumerate(parts)]
    return Article(title, tuple(p for p in pieces if p != ""), tuple(panels))


def _take_title(tokens: list[Token]) -> tuple[str, list[Token]]:
    """The first heading of the first level is the page's."""
    for at, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h1":
            children = tokens[at + 1].children or []
            words = "".join(child.content for child in children)
            return one_line(words), tokens[:at] + tokens[at + 3 :]
    return "", tokens


def _prepare(token: Token, picture: Callable[[str], str] | None) -> None:
    if token.type.startswith("math_"):
        block = token.type in ("math_block", "math_block_label", "math_inline_double")
        token.meta["mathml"] = mathml(token.content, block=block)
    elif token.type == "image":
        source = str(token.attrs.get("src", ""))
        if picture is not None:
            token.attrs["src"] = picture(source)
        else:
            del token.attrs["src"]


def _below(token: Token, child: Token) -> int:
    """How many lines of a paragraph come before a part of it."""
    before = 0
    for other in token.children or []:
        if other is child:
            return before
        before += other.type in ("softbreak", "hardbreak")
    return 0


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt
    from mdit_py_plugins.deflist import deflist_plugin
    from mdit_py_plugins.dollarmath import dollarmath_plugin
    from mdit_py_plugins.footnote import footnote_plugin

    parser = MarkdownIt("commonmark", {"html": False})
    parser.enable(["table", "strikethrough"])
    parser.use(footnote_plugin).use(deflist_plugin)
    parser.use(dollarmath_plugin, double_inline=True, allow_labels=False)
    parser.validateLink = lambda url: True  # type: ignore[method-assign]
    for kind in ("math_inline", "math_inline_double", "math_block"):
        parser.add_render_rule(kind, _formula)
    parser.add_render_rule("fence", _fence)
    parser.add_render_rule("link_open", _link_open)
    parser.add_render_rule("heading_open", _heading)
    parser.add_render_rule("heading_close", _heading)
    parser.add_render_rule("table_open", _table)
    parser.add_render_rule("table_close", _table)
    parser.add_render_rule("th_open", _cell)
    parser.add_render_rule("td_open", _cell)
    return parser


def _formula(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    written = str(tokens[at].meta["mathml"])
    return f'<p class="formula">{written}</p>\n' if tokens[at].block else written


def _fence(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    token = tokens[at]
    if "place" in token.meta:
        return _PLACE.format(token.meta["place"])
    language = (token.info.split() or [""])[0]
    return code_html(token.content, language, "Code")


def code_html(source: str, language: str, label: str) -> str:
    """A block of code, highlighted where the language is known."""
    from gitexp.render.app.source import code_lines

    return highlighted(code_lines(source, language), label)


def highlighted(lines: Sequence[Sequence[tuple[str, str]]], label: str) -> str:
    """Lines of (class, text) as HTML."""
    inside = "\n".join(
        "".join(
            f'<span class="{escape(name)}">{escape(text)}</span>' if name else escape(text)
            for name, text in line
        )
        for line in lines
    )
    return (
        f'<pre class="code" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<code>{inside}\n</code></pre>\n"
    )


def _link_open(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    href = str(tokens[at].attrs.get("href", ""))
    # Anything else would lead to a file of the reader's, or run a script.
    return f'<a href="{escape(href)}">' if _LINK.match(href) else "<a>"


def _heading(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    # The page's title is the only heading of the first level.
    level = max(2, int(tokens[at].tag[1]))
    return f"<h{level}>" if tokens[at].nesting == 1 else f"</h{level}>\n"


def _table(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    if tokens[at].nesting == 1:
        return '<div class="box" role="region" aria-label="Table" tabindex="0"><table>\n'
    return "</table></div>\n"


def _cell(self: Any, tokens: Sequence[Token], at: int, options: Any, env: Any) -> str:
    # The policy of the page lets no style attribute have force.
    right = "right" in str(tokens[at].attrs.get("style", ""))
    side = ' class="num"' if right else ""
    scope = ' scope="col"' if tokens[at].tag == "th" else ""
    return f"<{tokens[at].tag}{scope}{side}>"
