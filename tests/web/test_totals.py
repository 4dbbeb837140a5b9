"""Seeds and energy in the app: in a report's file, and in the dashboard while runs end."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from support.browser import inaccessible
from support.dashboard import dashboard
from support.runs import make_run

from gitexp.paths import web_bundle
from gitexp.query.report import report
from gitexp.schema.run import HardwareSummary

pytestmark = pytest.mark.skipif(web_bundle() is None, reason="the web app is not built")


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """An empty page; the test fails if the console has anything to say of what it opens."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, bypass_csp=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    expect.set_options(timeout=5_000)
    context.close()
    assert said == []


def seeded(repo: Path, lr: float, seed: int, *, status: str = "finished") -> None:
    make_run(
        repo,
        f"lr{lr}-{seed}",
        config={"lr": lr, "seed": seed},
        metrics=[{"loss": lr + 0.01 * seed}],
        status=status,
        used=HardwareSummary(samples=9, energy_wh=10 * lr, mean={"cpu.utilization_pct": 50.0}),
        author="Ada" if lr < 0.5 else "Grace",
    )


def make_lab(repo: Path) -> None:
    for lr in (0.1, 0.9):
        for seed in (1, 2, 3):
            seeded(repo, lr, seed)
    seeded(repo, 0.2, 1, status="failed")


def test_a_report_tells_of_seeds_and_energy(repo: Path, page: Page) -> None:
    make_lab(repo)
    page.goto(report(output=repo / "report.html").as_uri())
    page.locator("#app").get_by_role("link", name="Seeds", exact=True).click()
    means = page.get_by_role("region", name="Metrics over seeds")
    expect(means.locator("thead")).to_contain_text("lr")
    expect(means.locator("tbody tr")).to_have_count(2)
    row = means.locator("tbody tr").filter(has_text="lr0.1-1")
    expect(row).to_contain_text("0.12 ± 0.01")
    tests = page.get_by_role("region", name="Differences over seeds")
    expect(tests).to_contain_text("higher, worse, by more than noise")
    row.get_by_role("link", name="Curves").click()
    expect(page.locator("#app").get_by_text("7 runs, 3 drawn")).to_be_visible()

    page.locator("#app").get_by_role("link", name="Energy", exact=True).click()
    expect(page.locator("#app").get_by_text("All 7 runs: 32 Wh")).to_be_visible()
    expect(page.locator("#app").get_by_text("1 run did not finish: 2 Wh")).to_be_visible()
    authors = page.get_by_role("region", name="By author")
    expect(authors.locator("tbody tr").first).to_contain_text("Grace")
    each = page.get_by_role("region", name="Energy of each run")
    expect(each.locator("tbody tr").first).to_contain_text("lr0.9-")
    each.get_by_role("link", name="lr0.2-1").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("lr0.2-1")


def test_the_dashboard_counts_a_run_when_it_is_there(repo: Path, page: Page) -> None:
    seeded(repo, 0.1, 1)
    with dashboard(repo) as client:
        page.goto(f"{client.url}#/seeds")
        expect(
            page.locator("#app").get_by_text("No two finished runs here differ only")
        ).to_be_visible()
        seeded(repo, 0.1, 2)
        rows = page.get_by_role("region", name="Metrics over seeds").locator("tbody tr")
        expect(rows).to_contain_text("0.115 ± 0.0071")
        page.locator("#app").get_by_role("link", name="Energy", exact=True).click()
        expect(page.locator("#app").get_by_text("All 2 runs: 2 Wh")).to_be_visible()


def test_without_seeds_and_figures_there_are_no_such_tabs(repo: Path, page: Page) -> None:
    make_run(repo, "alone", metrics=[{"loss": 1.0}])
    page.goto(report(output=repo / "report.html").as_uri())
    expect(page.get_by_role("link", name="Hyperparameters")).to_be_visible()
    assert page.locator("#app").get_by_role("link", name="Seeds", exact=True).count() == 0
    assert page.locator("#app").get_by_role("link", name="Energy", exact=True).count() == 0


@pytest.mark.parametrize("width", [390, 1440])
def test_every_view_has_one_heading_and_one_main_part(repo: Path, page: Page, width: int) -> None:
    make_lab(repo)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(report(output=repo / "report.html").as_uri())
    wrong = []
    for view in ("Curves", "Runs", "Hyperparameters", "Seeds", "Energy"):
        page.get_by_role("link", name=view, exact=True).first.click()
        expect(page.locator("h1:visible")).to_have_count(1)
        expect(page.locator("main:visible")).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wrong += [(view, *what) for what in inaccessible(page, "#app")]
    assert wrong == []


def test_an_article_is_the_only_main_part(repo: Path, page: Page) -> None:
    make_lab(repo)
    notes = repo / "notes.md"
    notes.write_text("# Rates\n\n```gitexp\npanel: curves\nmetrics: [loss]\n```\n", "utf-8")
    page.goto(report(source=notes, output=repo / "article.html").as_uri())
    expect(page.locator("#app canvas").first).to_be_visible()
    expect(page.locator("main")).to_have_count(1)
    expect(page.locator("h1")).to_have_text(["Rates"])
    # Below the screen: not yet asked for, which is no reason to say that there is nothing.
    assert page.get_by_text("None of the shown runs has points").count() == 0
    page.locator("#app").get_by_role("link", name="Seeds", exact=True).click()
    expect(page.get_by_role("region", name="Metrics over seeds")).to_be_visible()
