"""The Jinja environment of all pages: what a template may use, and how its output is escaped."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from gitexp.paths import shipped
from gitexp.render import facts, markdown, text

if TYPE_CHECKING:
    import jinja2


def render(name: str, context: dict[str, Any]) -> str:
    """Fill in a template of `templates/`; in `.html.j2` files every value is escaped."""
    return _environment().get_template(name).render(context)


@cache
def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(shipped("templates")),
        autoescape=lambda name: name is not None and name.endswith(".html.j2"),
        finalize=_harmless,
        undefined=jinja2.StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(
        # Markdown: for paragraphs, for table cells, as code there, and fenced blocks.
        md=markdown.text,
        md_cell=markdown.cell,
        md_code=markdown.code,
        md_code_cell=markdown.code_cell,
        md_fence=markdown.fence,
        md_path=markdown.path,
        # Any page.
        line=text.one_line,
        plain=text.plain,
        number=text.number,
        signed=text.signed,
        byte_size=text.byte_size,
        duration=text.duration,
        energy=text.energy,
        moment=text.moment,
        plural=text.plural,
        count=text.count,
        cut=text.cut,
        cut_middle=text.cut_middle,
        oid=text.short_oid,
        step=facts.step,
        metric_words=facts.metric_words,
    )
    return environment


def _harmless(value: object) -> object:
    """No control character reaches a page, whichever field it came from."""
    return text.plain(value) if type(value) is str else value
