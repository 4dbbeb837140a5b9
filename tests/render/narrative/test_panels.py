"""Panels without scripts, and first drafts: what they show of made-up runs."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from render import factory
from render.test_report import NOW, Elements

from gitexp._version import __version__
from gitexp.render.narrative.article import read_article
from gitexp.render.narrative.blocks import KINDS, PanelBlock
from gitexp.render.narrative.charts import Dot, histogram, scatter
from gitexp.render.narrative.draft import draft
from gitexp.render.narrative.fallback import Panel, PanelData, fallback, panel_metrics
from gitexp.render.narrative.page import article_html
from gitexp.schema.finding import Finding
from gitexp.schema.view import Picture, RunView

DATA = PanelData(
    pictures=(Picture("data:image/png;base64,", "words"),),
    histograms=(
        {"name": "w", "steps": [1, 2], "edges": [[0, 1, 2], None], "counts": [[3, 4], []]},
    ),
    patch=factory.PATCH,
    code="<pre></pre>",
)  # fmt: skip


def panel_of(kind: str, views: list[RunView], **keys: object) -> Panel:
    block = PanelBlock(kind=kind, line=1, **keys)  # type: ignore[arg-type]
    metrics = block.metrics or panel_metrics(block, [view.run for view in views])
    return Panel(block, tuple(views), metrics, DATA)


def page_of(panels: list[Panel]) -> str:
    source = "# T\n\n" + "\n".join("```gitexp\npanel: runs\n```\n" for _ in panels)
    return article_html(read_article(source, "n.md"), panels, title="T", generated_s=NOW)


@pytest.mark.parametrize("kind", KINDS)
def test_every_panel_of_every_kind_of_run_is_a_sound_page(kind: str) -> None:
    keys = {"x": "lr", "y": "val/loss"} if kind == "scatter" else {}
    shapes = [
        factory.three_learning_rates(),
        [factory.failed(), factory.running(), factory.killed(), factory.bare()],
        factory.sixty(),
        [factory.hostile(), factory.broken()],
    ]
    html = page_of([panel_of(kind, views, **keys) for views in shapes])
    elements = Elements(html.replace("<img ", "<br ").replace("<rect ", "<br "))
    assert {attrs["id"] for tag, attrs in elements.of("figure")} == {
        f"panel-{n}" for n in range(len(shapes))
    }
    assert not elements.of("script")


def test_curves_are_one_plot_for_each_metric() -> None:
    shown = fallback(
        panel_of("curves", factory.three_learning_rates(), metrics=("lr", "val/loss"))
    )
    assert len(shown.plots) == 2
    assert "calm-amber-otter" in shown.plots[0]


def test_the_best_run_is_on_top() -> None:
    views = factory.three_learning_rates()
    table = fallback(panel_of("runs", views, metrics=("val/loss",))).table
    assert table is not None
    best = min(views, key=lambda view: view.run.metrics["val/loss"].best or math.inf)
    assert table.rows[0][0].text == best.run.name
    assert [head.text for head in table.heads][:2] == ["Run", "val/loss ↓"]


def test_bars_are_shares_of_the_longest() -> None:
    table = fallback(panel_of("bars", factory.three_learning_rates(), metrics=("val/acc",))).table
    assert table is not None
    assert max(row[2].share or 0 for row in table.rows) == 100


def test_scatter_has_a_dot_for_each_run_and_a_table_where_an_axis_has_names() -> None:
    views = factory.three_learning_rates()
    (plot,) = fallback(panel_of("scatter", views, x="config.lr", y="val/loss")).plots
    assert plot.count('<path class="o ') == 3
    named = fallback(panel_of("scatter", views, x="optimizer.name", y="val/loss"))
    assert (named.plots, named.table is not None) == ((), True)


def test_charts_of_odd_numbers() -> None:
    dots = [Dot(math.nan, 1, "a", 0), Dot(1e-300, math.inf, "b", 0), Dot(1, 2, "<b>", 9)]
    for chosen in ([], dots, dots[2:]):
        Elements(scatter(chosen, title="<t>", x="<x>", y="<y>"))
    Elements(histogram([0.0, 0.0], [5], title="<t>"))
    Elements(histogram([], [], title="t"))


def test_a_draft_is_an_article() -> None:
    finding = Finding("dead-units", "error", "Half of it is zero", "a.b", (3, 9), "less lr", {})
    views = [
        replace(view, findings=(finding.to_json(),)) for view in factory.three_learning_rates()
    ]
    views.append(factory.failed())
    written = draft(views, title="Rates", repository="lab", generated_s=NOW)
    article = read_article(written, "report.md")
    assert article.title == "Rates"
    assert {"curves", "runs", "scatter", "findings"} <= {block.kind for block in article.panels}
    html = "".join(piece for piece in article.pieces if isinstance(piece, str))
    assert "dead-units" in html
    assert "What did not finish" in html
    best = min(view.run.metrics["val/loss"].best or math.inf for view in views)
    assert f"<strong>{best:.4g}</strong>" in html


@pytest.mark.parametrize(
    "views",
    [[factory.hostile(), factory.hostile(), factory.hostile()], [factory.bare()], factory.sixty()],
    ids=["hostile", "bare", "sixty"],
)
def test_the_draft_of_any_runs_can_be_read(views: list[RunView]) -> None:
    written = draft(views, title=factory.EVIL[0], repository="lab", generated_s=NOW)
    article = read_article(written, "report.md")
    html = "".join(piece for piece in article.pieces if isinstance(piece, str))
    assert not {tag for tag, _ in Elements(html).all} & {"script", "img", "svg"}


def test_the_golden_article(golden) -> None:  # type: ignore[no-untyped-def]
    views = factory.three_learning_rates()
    written = draft(views, title="Rates", repository="lab", generated_s=NOW)
    golden("narrative/draft.md", written)
    kinds = {"scatter": {"x": "lr", "y": "val/loss"}, "runs": {}, "diff": {}, "config": {}}
    page = page_of([panel_of(kind, views, **keys) for kind, keys in kinds.items()])
    page = re.sub(r"<style id.*?</style>", "<style>…</style>", page, flags=re.DOTALL)
    page = re.sub(r"sha256-[\w+/=]+", "sha256-…", page).replace(__version__, "VERSION")
    golden("narrative/panels.html", page)
