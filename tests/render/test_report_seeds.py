"""The report over seeds."""

from __future__ import annotations

from dataclasses import replace

from gitexp.render.report import report_html
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.run import GitFacts, Run
from gitexp.schema.view import RunView


def a_view(name: str, seed: int, loss: float, width: int = 1) -> RunView:
    return RunView(
        Run(
            name=name,
            id=name,
            created_at="2024-01-01T00:00:00.000Z",
            status="finished",
            command=("python", "train.py"),
            git=GitFacts(code_tree="0" * 40),
            config={"seed": seed, "width": width},
            metrics={"loss": MetricSummary(1, loss, 0, loss, 0, loss, 0, "lower")},
        )
    )


def page_of(*views: RunView) -> str:
    return report_html(list(views), title="t", generated_s=0, repository="lab")


def test_a_group_is_one_row_that_leads_to_its_runs() -> None:
    page = page_of(a_view("a", 1, 0.4), a_view("b", 2, 0.6), a_view("c", 1, 0.1, width=2))
    section = page.split('id="seeds"')[1].split("</section>")[0]
    assert '<a href="#run-1">a</a>, <a href="#run-2">b</a></th>' in section
    assert "0.5 ± 0.14" in section
    assert "loss ↓" in section
    assert '"#run-3"' not in section
    assert '<a href="#seeds">' in page


def test_without_replicates_there_is_no_such_section() -> None:
    assert (
        "seeds"
        not in page_of(a_view("a", 1, 0.4), a_view("c", 1, 0.1, width=2)).split("</style>")[1]
    )


def test_a_name_is_inert() -> None:
    views = a_view("a", 1, 0.4), a_view("b", 2, 0.6)
    evil = replace(views[0], run=views[0].run.but(name="</script><img src=x>"))
    assert "<img" not in page_of(evil, views[1])
