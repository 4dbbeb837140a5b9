"""The app in Chromium, from a report on disk: table, filters, curves, keyboard, accessibility."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import init_repo
from playwright.sync_api import Browser, Page, expect
from support.browser import inaccessible
from support.runs import make_run

from gitexp.paths import web_bundle
from gitexp.query.report import report

pytestmark = pytest.mark.skipif(web_bundle() is None, reason="the web app is not built")

A4 = 703  # pixels of a sheet between its margins
NAMES = [f"run-{letter}" for letter in "abcdef"]


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of six runs, the last one with NaN at its end; its file:// address."""
    repo = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for who in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{who}_NAME", "Ada Lovelace")
            patch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")
        patch.chdir(repo)
        init_repo(repo)
        make_runs(repo)
        return report(output=repo / "report.html").as_uri()


def make_runs(repo: Path) -> None:
    for i, name in enumerate(NAMES):
        rows = [
            {"train/loss": (1 + i) * math.exp(-step / 20), "val/acc": 1 - 0.1 * i, "lr": 0.1}
            for step in range(60)
        ]
        if name == NAMES[-1]:
            rows[-1]["train/loss"] = math.nan
        make_run(
            repo,
            name,
            config={"lr": 10.0**-i, "optimizer": {"name": "adam" if i % 2 else "sgd"}, "k": 1},
            metrics=rows,
            created_at=f"2024-01-0{i + 1}T00:00:00.000Z",
            tags=["baseline"] if i == 0 else [],
            status="failed" if i == 5 else "finished",
        )


@pytest.fixture
def page(browser: Browser, file: str) -> Iterator[Page]:
    """The report, open; the test fails if anything is complained of or asked of a network."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request",
        lambda asked: (
            said.append(asked.url)
            if not asked.url.startswith(("file:", "data:", "blob:"))
            else None
        ),
    )
    page.goto(file)
    page.wait_for_selector(".gx-chart canvas")
    yield page
    context.close()
    assert said == []


def listed(page: Page) -> list[str]:
    return page.locator(".gx-table .gx-name a").all_inner_texts()


def drawn(page: Page, metric: str) -> str:
    label = page.locator(f'section[aria-label="{metric}"] .gx-chart').get_attribute("aria-label")
    return label or ""


def test_search_filter_and_order(page: Page) -> None:
    assert listed(page) == NAMES[::-1]
    assert "6 curves" in drawn(page, "train/loss")
    page.keyboard.press("/")
    page.keyboard.type("adam")
    expect(page.locator(".gx-table .gx-name a")).to_have_count(3)
    page.fill("#gx-run-search", "")
    page.fill("#gx-where", 'config.lr < 0.1 and status == "finished"')
    expect(page.locator(".gx-table .gx-name a")).to_have_count(3)
    assert listed(page) == ["run-e", "run-d", "run-c"]
    expect(page.locator('section[aria-label="train/loss"] .gx-chart')).to_have_attribute(
        "aria-label", re.compile("3 curves")
    )
    page.fill("#gx-where", "status ==")
    expect(page.get_by_role("alert")).to_contain_text("breaks off")
    page.fill("#gx-where", "")
    page.locator('th button[title="Sort by val/acc"]').click()
    assert listed(page)[0] == "run-a"


def test_the_keyboard_shows_hides_ticks_and_pins(page: Page) -> None:
    page.focus(".gx-table")
    page.keyboard.press("Home")
    page.keyboard.press(" ")
    expect(page.locator(".gx-counts")).to_contain_text("5 drawn")
    page.keyboard.press("x")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    page.keyboard.press("b")
    expect(page.locator(".gx-ticked")).to_contain_text("2 ticked")
    assert page.locator("small.gx-worse, small.gx-better").count() > 0
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="run-e").first).to_be_visible()
    page.go_back()
    page.get_by_role("link", name="Compare").click()
    page.wait_for_url("**#/compare/run-f/run-e*")


def test_crosshair_zoom_and_reset(page: Page) -> None:
    over = page.locator('section[aria-label="train/loss"] .u-over')
    box = over.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    tip = page.locator(".gx-tip")
    expect(tip).to_contain_text("train/loss")
    values = [float(text) for text in tip.locator("td:nth-child(2)").all_inner_texts()]
    assert len(values) == 6
    assert values == sorted(values, reverse=True)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] + 40, y, steps=4)
    page.mouse.up()
    reset = page.get_by_role("button", name="Reset zoom")
    expect(reset).to_be_visible()
    over.dblclick()
    expect(reset).to_be_hidden()


def test_groups_smoothing_and_axes_stand_in_the_address(page: Page, file: str) -> None:
    page.get_by_role("button", name="Group", exact=True).click()
    page.get_by_label("Group by").select_option("config.optimizer.name")
    page.keyboard.press("Escape")
    expect(page.locator(".gx-group-row")).to_have_count(2)
    assert "2 curves" in drawn(page, "train/loss")
    page.get_by_label("x axis").select_option("relative")
    page.get_by_role("slider", name="Smoothing").fill("0.6")
    page.wait_for_url("**group=config.optimizer.name*smooth=0.6*")
    address = page.url
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".gx-group-row")).to_have_count(2)
    assert page.get_by_role("slider", name="Smoothing").input_value() == "0.6"


@pytest.mark.parametrize("kind", ["PNG", "SVG", "CSV"])
def test_downloads(page: Page, kind: str) -> None:
    panel = page.locator('section[aria-label="train/loss"]')
    panel.hover()
    panel.get_by_role("button", name="Download train/loss").click()
    with page.expect_download() as caught:
        panel.get_by_role("button", name=kind, exact=True).click()
    assert caught.value.suggested_filename == f"train_loss.{kind.lower()}"
    content = Path(caught.value.path()).read_bytes()
    if kind == "PNG":
        assert content.startswith(b"\x89PNG")
        assert len(content) > 10_000
    elif kind == "SVG":
        assert content.startswith(b"<svg")
        assert b"run-a" in content
    else:
        rows = content.decode().splitlines()
        assert rows[0] == "run,step,train/loss"
        assert len(rows) == 1 + 60 * len(NAMES)
        assert sum(row.endswith(",NaN") for row in rows) == 1


def test_a_panel_enlarges_until_escape(page: Page) -> None:
    panel = page.locator('section[aria-label="val/acc"]')
    panel.hover()
    panel.get_by_role("button", name="Enlarge val/acc").click()
    dialog = page.get_by_role("dialog", name="val/acc")
    expect(dialog.locator("canvas").first).to_be_visible()
    for name in NAMES:
        expect(dialog.locator(".gx-legend")).to_contain_text(name)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_paper_shows_the_static_page(page: Page) -> None:
    expect(page.locator("#static")).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator("#app")).to_be_hidden()
    expect(page.locator("#static")).to_be_visible()
    page.set_viewport_size({"width": A4, "height": 1000})
    assert page.evaluate("document.documentElement.scrollWidth") <= A4


def test_the_theme_is_the_readers_choice(page: Page) -> None:
    ground = "getComputedStyle(document.querySelector('.gx-app')).backgroundColor"
    light = page.evaluate(ground)
    theme = page.get_by_role("button", name="Theme: system")
    theme.click()
    page.get_by_role("button", name="Theme: light").click()
    assert page.evaluate(ground) != light
    page.reload()
    page.wait_for_selector(".gx-chart canvas")
    assert page.evaluate(ground) != light


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_accessible_and_no_wider_than_the_screen(
    browser: Browser, file: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    page = context.new_page()
    page.goto(f"{file}#/?group=config.optimizer.name&baseline=run-b")
    page.wait_for_selector(".gx-chart canvas")
    wrong = []
    for view in ("Curves", "Runs"):
        page.get_by_role("link", name=view, exact=True).click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        wrong += inaccessible(page, "#app")
    context.close()
    assert wrong == []
