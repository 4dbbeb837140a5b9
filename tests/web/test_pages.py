"""One run's page, comparing runs and hyperparameters in Chromium, by pointer and by keyboard."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from conftest import init_repo
from playwright.sync_api import Browser, Locator, Page, expect
from support.browser import inaccessible
from support.runs import make_run

from gitexp.paths import web_bundle
from gitexp.query.report import report

pytestmark = pytest.mark.skipif(web_bundle() is None, reason="the web app is not built")

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
LINES = 20_000
MODEL = {
    "class": "Net", "parameters": 12, "trainable": 12, "children": [
        {"name": "stem", "class": "Linear", "parameters": 8, "trainable": 8,
         "own": {"weight": {"shape": [2, 4], "dtype": "float32"}}, "outputs": [[32, 2]]},
        {"name": "head", "class": "Linear", "parameters": 4, "trainable": 4},
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report of four runs; its file:// address."""
    repo = tmp_path_factory.mktemp("lab")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for who in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{who}_NAME", "Ada Lovelace")
            patch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")
        patch.chdir(repo)
        init_repo(repo)
        for i in range(4):
            make_one(repo, i)
        return report(output=repo / "report.html").as_uri()


def make_one(repo: Path, i: int) -> None:
    table = {"columns": ["name", "p"], "data": [["x10", 0.5], ["x2", None], ["x1", 0.9]]}
    pictures = [
        {"_type": "image", "path": "media/picture/1.png", "width": 1, "height": 1, "caption": word}
        for word in ("first", "second")
    ]
    logged = [
        {"pictures": {"_type": "images", "count": 2, "items": pictures}, "_step": step}
        for step in (10, 30)
    ]
    tables = {"_type": "table", "path": "media/table/1.table.json", "columns": ["name", "p"]}
    make_run(
        repo,
        f"run-{i}",
        config={"lr": 10.0**-i, "net": {"width": 8, "act": "relu" if i % 2 else "gelu"}},
        metrics=[
            *({"val/loss": (1 + i) * math.exp(-step / 20), "_step": step} for step in range(60)),
            *logged,
            {"rows": tables},
        ],
        hardware=[{f"gpu.{n}.power_w": 100.0 + n + k for n in range(2)} for k in range(5)],
        output="".join(f"\x1b[3{n % 7}mline {n}\x1b[0m\n" for n in range(LINES)),
        environment={"python": {"version": f"3.1{i}"}},
        created_at=f"2024-01-0{i + 1}T00:00:00.000Z",
        code={"train.py": f"rate = {i}\n".encode(), "lib/net.py": b"import torch\n"},
        files={
            "media/picture/1.png": PNG,
            "media/table/1.table.json": orjson.dumps(table),
            "model.json": orjson.dumps(MODEL),
            "histograms.jsonl": b"\n".join(
                orjson.dumps({"_step": step, "_time": 1.0, "kind": "gradient", "name": "w",
                              "bins": [0, 1], "counts": [1, 2], "mean": step / 10, "norm": 1.0})
                for step in (0, 10, 20)
            ),
        },
    )  # fmt: skip


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The report, open; the test fails if the console has anything to say."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.goto(address)
    yield page
    expect.set_options(timeout=5_000)
    context.close()
    assert said == []


def part(page: Page, run: str, name: str) -> Locator:
    """A part of a run's page, in sight."""
    page.evaluate("to => { location.hash = to; }", f"#/run/{run}/{name}")
    found = page.locator(f"#part-{name}")
    expect(found).to_be_visible()
    expect(found).to_be_in_viewport()
    return found


def test_a_long_log_is_searched_and_only_what_shows_is_there(page: Page) -> None:
    log = part(page, "run-1", "output")
    search = log.get_by_role("searchbox", name="Search the output")
    expect(log.locator(".gp-line").first).to_be_visible()
    assert log.locator(".gp-line").count() < 200
    search.fill("LINE 1999")
    expect(log.get_by_role("status")).to_contain_text("1 of")
    expect(log.locator("mark.current")).to_have_text("line 1999")
    search.press("Enter")
    expect(log.get_by_role("status")).to_contain_text("2 of")
    log.get_by_label("Only matches").check()
    expect(log.locator(".gp-line").first).to_contain_text("line 1999")
    search.fill("no such thing")
    expect(log.get_by_role("status")).to_have_text("no match")


def test_config_is_searched_and_folded_by_the_keyboard(page: Page) -> None:
    config = part(page, "run-1", "config")
    rows = config.get_by_role("treeitem")
    expect(rows).to_have_count(4)
    rows.nth(1).focus()
    page.keyboard.press("ArrowLeft")
    expect(rows).to_have_count(2)
    expect(rows.nth(1)).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    expect(rows.nth(2)).to_be_focused()
    config.get_by_role("searchbox").fill("relu")
    expect(rows).to_have_count(2)
    expect(rows.last).to_contain_text("act")


def test_the_model_unfolds_to_its_parameters(page: Page) -> None:
    model = part(page, "run-1", "model")
    rows = model.get_by_role("treeitem")
    expect(rows.first).to_contain_text("Net")
    model.get_by_role("button", name="1 level").click()
    expect(rows).to_have_count(3)
    rows.nth(1).focus()
    page.keyboard.press("Enter")
    expect(rows.nth(2)).to_contain_text("weight")
    expect(rows.nth(2)).to_contain_text("2 \u00d7 4")


def test_code_is_read_and_compared_with_another_run(page: Page) -> None:
    source = part(page, "run-1", "source")
    source.get_by_role("treeitem", name="net.py").click()
    expect(source.get_by_role("region", name="lib/net.py")).to_contain_text("import torch")
    changes = part(page, "run-1", "changes")
    changes.get_by_role("combobox").select_option("run-0")
    expect(changes.locator("tr.del")).to_contain_text("rate = 0")
    expect(changes.locator("tr.add")).to_contain_text("rate = 1")


def test_media_follow_the_slider_and_stand_beside_another_runs(page: Page) -> None:
    media = part(page, "run-1", "media")
    key = media.get_by_role("region", name="pictures")
    expect(key.locator("img")).to_have_count(2)
    key.get_by_role("slider", name="Step").press("ArrowLeft")
    expect(key.locator("output")).to_have_text("10")
    media.get_by_role("combobox", name="Put another run beside it").select_option("run-2")
    expect(key.locator("img")).to_have_count(4)
    key.get_by_role("button", name="Enlarge first").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("1 of 2")
    page.keyboard.press("ArrowRight")
    expect(dialog).to_contain_text("2 of 2")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


def test_a_logged_table_is_sorted_and_searched(page: Page) -> None:
    table = part(page, "run-1", "media").get_by_role("region", name="Table rows of run-1")
    first = table.locator("tbody td:first-child")
    expect(first).to_have_text(["x10", "x2", "x1"])
    table.get_by_role("button", name="name").click()
    expect(first).to_have_text(["x1", "x2", "x10"])
    table.get_by_role("button", name="p", exact=True).click()
    expect(first).to_have_text(["x10", "x1", "x2"])
    expect(table.get_by_role("columnheader", name="p")).to_have_attribute("aria-sort", "ascending")


def test_histograms_have_a_slider_and_statistics(page: Page) -> None:
    found = part(page, "run-1", "histograms")
    expect(found.locator(".gp-heatmap canvas")).to_be_visible()
    found.get_by_role("slider", name="Step").press("Home")
    expect(found.locator(".gp-bars")).to_contain_text("step 0")
    found.get_by_label("Show").select_option("norm")
    expect(found.locator(".gp-plot canvas")).to_be_visible()


def test_gpus_are_in_one_plot_or_each_by_itself(page: Page) -> None:
    hardware = part(page, "run-1", "hardware")
    expect(hardware.locator("figure")).to_have_count(1)
    hardware.get_by_role("button", name="Each GPU by itself").click()
    expect(hardware.locator("figure")).to_have_count(2)
    expect(hardware.get_by_role("heading", name="GPU 1")).to_be_visible()


def test_runs_stand_side_by_side(page: Page) -> None:
    page.evaluate("location.hash = '#/compare/run-1/run-0/run-2'")
    metrics = page.get_by_role("region", name="Metrics side by side")
    row = metrics.get_by_role("row", name="val/loss")
    expect(row.get_by_role("cell").nth(1)).to_contain_text("better")
    expect(row.get_by_role("cell").nth(1)).to_contain_text("best")
    expect(row.get_by_role("cell").nth(2)).to_contain_text("worse")
    config = page.get_by_role("region", name="Config keys that differ")
    expect(config.get_by_role("row", name="lr")).to_contain_text("0.01")
    page.locator(".gp-compared li", has_text="run-2").get_by_text("Make it the baseline").click()
    expect(page.locator(".gp-compared li").first).to_contain_text("run-2")


def test_runs_are_picked_by_numbers_and_names(page: Page) -> None:
    page.evaluate("location.hash = '#/hyperparameters'")
    status = page.locator(".gp-hyper").get_by_role("status").first
    expect(status).to_have_text("4 runs")
    page.get_by_text("Ranges in numbers").click()
    page.get_by_label("lr from").fill("0.05")
    page.get_by_label("lr from").press("Tab")
    expect(status).to_have_text("2 runs of 4 picked")
    page.get_by_role("group", name="net.act").get_by_label("gelu").check()
    expect(status).to_have_text("1 run of 4 picked")
    expect(
        page.get_by_role("region", name="Config keys that differ").locator("tbody tr")
    ).to_have_count(1)
    page.locator(".gp-hyper").get_by_role("button", name="Clear").click()
    expect(status).to_have_text("4 runs")
    strongest = page.get_by_role("region", name="Correlations with val/loss").locator("tbody tr")
    expect(strongest.first).to_contain_text("lr")


@pytest.mark.parametrize("fragment", ["#/run/run-1", "#/compare/run-0/run-1", "#/hyperparameters"])
@pytest.mark.parametrize("width", [390, 1024])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_no_wider_than_the_screen(
    browser: Browser, address: str, fragment: str, width: int, scheme: str
) -> None:
    context = browser.new_context(
        # Tall enough for all parts to be in sight, and so loaded.
        viewport={"width": width, "height": 9000},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,
    )
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(address + fragment)
    page.wait_for_selector(".gp-page")
    page.evaluate(
        "document.querySelectorAll('.gp-section-title button[aria-expanded=false]')"
        ".forEach(button => button.click())"
    )
    page.wait_for_function("!document.querySelector('.gp-waiting')")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    wrong = inaccessible(page, ".gp-page")
    context.close()
    assert wrong == []
