"""A narrative report as one HTML page."""

from __future__ import annotations

from collections.abc import Sequence

from gitexp._version import __version__
from gitexp.paths import shipped
from gitexp.render import text
from gitexp.render.app.embed import App
from gitexp.render.narrative.article import Article
from gitexp.render.narrative.fallback import Panel, fallback
from gitexp.render.report import policy, report_style
from gitexp.render.templates import render


def article_html(
    article: Article,
    panels: Sequence[Panel],
    *,
    title: str,
    generated_s: float,
    repository: str = "",
    app: App | None = None,
) -> str:
    """One self-contained page: the author's text with his panels in it.

    Args:
        article: the text.
        panels: its panels with their runs, in the article's order.
        title: of the page.
        generated_s: the present, seconds since the epoch.
        repository: its name.
        app: what makes the panels live; None: they are plots and tables.
    """
    sheet = (shipped("templates") / "report" / "article.css").read_text("utf-8")
    style = report_style(sheet, but=".gx-live")
    context = {
        "title": text.one_line(title),
        "repository": text.one_line(repository),
        "generated": text.moment(generated_s),
        "version": __version__,
        "style": style,
        "policy": policy([style], app),
        "app": app,
        "runs": len({view.run.name for panel in panels for view in panel.views}),
        "pieces": article.pieces,
        "panels": [fallback(panel) for panel in panels],
    }
    return render("article.html.j2", context)
