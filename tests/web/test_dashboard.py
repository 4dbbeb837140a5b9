"""The live dashboard in Chromium: real trainings, a real server, several tabs, edits."""

from __future__ import annotations

import contextlib
import csv
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from support.cli import runs_of
from support.dashboard import Client, Process, Training, dashboard, processes, trainings
from support.runs import make_run

from gitexp.paths import web_bundle
from gitexp.serve.security import NOTEBOOKS

pytestmark = pytest.mark.skipif(web_bundle() is None, reason="the web app is not built")

Open = Callable[..., Page]
Train = Callable[[str], Training]
Serve = Callable[..., Process]


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    context.set_default_timeout(30_000)
    yield context
    context.close()


@pytest.fixture
def open_page(context: BrowserContext) -> Iterator[Open]:
    """Open pages; the test fails if one complains, or asks another server."""
    said: list[str] = []

    def open_one(url: str, *, expected: str = "\0") -> Page:
        """Open a page; what the browser says that fits the expected pattern is no complaint."""
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "console",
            lambda m: None if re.search(expected, m.text) else said.append(m.text),
        )
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((re.split("[?#]", url)[0], "data:", "blob:"))
                else said.append(asked.url)
            ),
        )
        page.goto(url)
        return page

    yield open_one
    assert said == []


@pytest.fixture
def train(repo: Path) -> Iterator[Train]:
    with trainings(repo) as start:
        yield start


@pytest.fixture
def serve(repo: Path) -> Iterator[Serve]:
    with processes(repo) as start:
        yield start


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A busy machine is no failure."""
    expect.set_options(timeout=30_000)
    yield
    expect.set_options(timeout=5_000)


def row(page: Page, name: str) -> Locator:
    return page.locator(".gx-table [role=row]", has_text=name)


def expect_end(page: Page, metric: str, value: float) -> None:
    """Wait until the curve ends at a value; the page is not touched."""
    label = page.locator(f'section[aria-label="{metric}"] .gx-chart')
    ending = re.compile(rf" ends at {re.escape(f'{value:#.4g}')}(,|$)")
    expect(label).to_have_attribute("aria-label", ending, timeout=30_000)


def points(page: Page, metric: str) -> list[tuple[float, float]]:
    """What a curve holds, as its CSV says."""
    panel = page.locator(f'section[aria-label="{metric}"]')
    panel.hover()
    panel.get_by_label(f"Download {metric}").click()
    with page.expect_download() as told:
        page.get_by_role("button", name="CSV").click()
    path = told.value.path()
    with path.open(newline="") as file:
        rows = list(csv.reader(file))
    return [(float(step), float(value)) for *_, step, value in rows[1:]]


def test_a_live_run_appears_moves_and_ends(repo: Path, open_page: Open, train: Train) -> None:
    make_run(repo, "before", metrics=[{"loss": 3.0}])
    with dashboard(repo) as client:
        page = open_page(client.url)
        expect(page.locator(".gx-fresh")).to_have_text("live")
        expect(row(page, "before")).to_be_visible()
        training = train("lively")
        expect(row(page, "lively")).to_contain_text("running")
        training.log(1, 31)
        expect_end(page, "loss", 15.0)
        training.log(31, 101)
        expect_end(page, "loss", 50.0)
        training.end(2)
        expect(row(page, "lively")).to_contain_text("failed")
        expect_end(page, "loss", 50.0)
        assert page.locator('section[aria-label="loss"] .gx-chart').count() == 1


def test_one_runs_page_follows_it(repo: Path, open_page: Open, train: Train) -> None:
    with dashboard(repo) as client:
        training = train("watched")
        training.do("print('\\x1b[32mfirst line\\x1b[0m')")
        training.log(0, 5)
        page = open_page(f"{client.url}#/run/watched/output")
        log = page.get_by_label("Output of watched")
        expect(log).to_contain_text("first line")
        training.do("print('second line')")
        expect(log).to_contain_text("second line")
        training.do("print('50%', end='\\r'); print('100%')")
        expect(log).to_contain_text("100%")
        expect(log).not_to_contain_text("50%")
        assert [n for n in log.locator(".gp-number").all_inner_texts() if n] == ["1", "2", "3"]
        expect(page.locator("#app h1")).to_contain_text("watched")
        training.end()
        expect(page.locator(".gp-page")).to_contain_text("finished")


def test_the_server_starts_again_and_the_page_goes_on(
    open_page: Open, serve: Serve, train: Train
) -> None:
    first = serve("--port", "0")
    training = train("steady")
    page = open_page(first.url, expected="ERR_CONNECTION")
    expect(row(page, "steady")).to_contain_text("running")
    training.log(0, 50)
    expect_end(page, "loss", 24.5)
    assert first.end() == 0
    expect(page.locator(".gx-fresh")).to_contain_text("no connection")
    training.log(50, 80)
    serve("--port", str(first.port))
    expect(page.locator(".gx-fresh")).to_have_text("live")
    expect_end(page, "loss", 39.5)
    training.log(80, 100)
    expect_end(page, "loss", 49.5)
    assert points(page, "loss") == [(i, i / 2) for i in range(100)]


def test_a_network_that_sleeps_leaves_no_gap(
    repo: Path, context: BrowserContext, open_page: Open, train: Train
) -> None:
    with dashboard(repo) as client:
        training = train("night")
        page = open_page(client.url)
        expect(row(page, "night")).to_contain_text("running")
        training.log(0, 40)
        expect_end(page, "loss", 19.5)
        # Closing the lid: the tab is hidden, lets go of its line, and comes back later.
        page.evaluate(
            "Object.defineProperty(document, 'visibilityState', {get: () => window.seen})"
        )
        turn = (
            "(how) => { window.seen = how; document.dispatchEvent(new Event('visibilitychange')) }"
        )
        page.evaluate(turn, "hidden")
        page.wait_for_timeout(6_000)
        training.log(40, 90)
        other = open_page(client.url)
        expect_end(other, "loss", 44.5)
        expect(page.locator('section[aria-label="loss"] .gx-chart')).to_have_attribute(
            "aria-label", re.compile(r"ends at 19\.50")
        )
        page.evaluate(turn, "visible")
        expect_end(page, "loss", 44.5)
        assert points(page, "loss") == points(other, "loss") == [(i, i / 2) for i in range(90)]


def test_zooming_asks_for_what_is_seen(repo: Path, open_page: Open) -> None:
    make_run(repo, "long", metrics=[{"loss": 1.0 + (i == 4321)} for i in range(20_000)])
    with dashboard(repo) as client:
        page = open_page(client.url)
        chart = page.locator('section[aria-label="loss"] .gx-chart')
        box = chart.bounding_box()
        assert box is not None
        with page.expect_request(re.compile(r"/api/series/loss\?.*from=")) as asked:
            page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + box["height"] / 2)
            page.mouse.down()
            page.mouse.move(box["x"] + box["width"] * 0.4, box["y"] + box["height"] / 2, steps=5)
            page.mouse.up()
        assert "run=long" in asked.value.url


def test_tags_notes_and_hiding(repo: Path, open_page: Open) -> None:
    make_run(repo, "edited", metrics=[{"loss": 1.0}])
    with dashboard(repo, edit=True) as client:
        page = open_page(client.url)
        watching = open_page(client.url.split("?")[0])
        page.goto(f"{client.url}#/run/edited")
        page.get_by_label("New tag").fill("good")
        page.get_by_label("New tag").press("Enter")
        expect(page.get_by_label("Remove tag good")).to_be_visible()
        page.get_by_role("button", name="Add a note").click()
        page.get_by_label("Note").fill("keep <b>this</b>")
        page.get_by_role("button", name="Save").click()
        expect(page.locator(".gp-page")).to_contain_text("keep <b>this</b>")
        page.get_by_role("button", name="Hide run").click()
        expect(page.get_by_role("button", name="Show again")).to_be_visible()
        expect(row(watching, "edited")).to_have_count(0)
        run = runs_of(repo)[0]
        assert (run["tags"], run["notes"]) == (["good", "hidden"], "keep <b>this</b>")


def test_who_has_no_token_sees_no_buttons(repo: Path, open_page: Open) -> None:
    make_run(repo, "plain", metrics=[{"loss": 1.0}])
    with dashboard(repo, edit=True) as client:
        page = open_page(f"{client.url.split('?')[0]}#/run/plain")
        expect(page.locator("#app h1")).to_contain_text("plain")
        assert page.get_by_label("New tag").count() == 0
        assert page.get_by_role("button", name="Hide run").count() == 0


def test_what_a_run_holds_is_text(repo: Path, open_page: Open) -> None:
    evil = "</script><img src=x onerror=alert(1)><script>alert(2)</script>"
    media = {"_type": "html", "path": "media/page.html"}
    make_run(
        repo,
        "evil",
        config={evil: evil},
        notes=evil,
        tags=[evil[:40]],
        metrics=[{evil: 1.0, "page": media}],
        output=f"{evil}\n\x1b]0;title\x07",
        command=["python", evil],
        files={"media/page.html": f"<p>shown</p>{evil}".encode()},
    )
    with dashboard(repo) as client:
        # The sandbox of the HTML file says that it runs no script and loads no picture.
        page = open_page(client.url, expected="Blocked script execution|img-src data:")
        expect(row(page, "evil")).to_be_visible()
        page.on("dialog", lambda dialog: pytest.fail(dialog.message))
        for part in ("config", "output", "media", "source"):
            page.goto(f"{client.url}#/run/evil/{part}")
            expect(page.locator("#app h1")).to_contain_text("evil")
        page.wait_for_timeout(500)
        assert page.locator("img[src=x]").count() == 0


@contextlib.contextmanager
def notebook(html: str) -> Iterator[str]:
    """The page of another server of this machine, as Jupyter's; its address."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *words: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_frame_in_a_notebook(repo: Path, context: BrowserContext) -> None:
    make_run(repo, "framed", metrics=[{"loss": 1.0}])
    with dashboard(repo, frames=NOTEBOOKS) as shown, dashboard(repo) as closed:
        frames = "".join(f'<iframe src="{each.url}"></iframe>' for each in (shown, closed))
        with notebook(frames) as address:
            page = context.new_page()
            page.goto(address)
            allowed, refused = (page.frame_locator(f"iframe >> nth={i}") for i in (0, 1))
            expect(allowed.locator(".gx-fresh")).to_have_text("live")
            expect(allowed.locator("body")).to_contain_text("framed")
            assert refused.locator("#app").count() == 0
            page.close()


def test_the_page_without_scripts(repo: Path, browser: Browser) -> None:
    make_run(repo, "static", metrics=[{"loss": 0.125}])
    with dashboard(repo) as client:
        context = browser.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(client.url)
        page.get_by_role("link", name="The report").click()
        expect(page.locator("body")).to_contain_text("static")
        expect(page.locator("body")).to_contain_text("0.125")
        context.close()


def test_the_page_says_what_the_server_serves(repo: Path, open_page: Open) -> None:
    make_run(repo, "one", metrics=[{"loss": 1.0}], hardware=[{"cpu.utilization_pct": 1.0}])
    with dashboard(repo) as client:
        page = open_page(client.url)
        described = json.loads(page.locator("#gitexp-page").text_content() or "")
        assert described["mode"] == "dashboard"
        assert described["api"] == "/api"
        assert described["repository"] == "lab"
        assert set(described["metrics"]) == {"loss"}
        assert "token" not in described
        assert isinstance(client, Client)


def test_more_tabs_than_a_browser_has_connections(
    repo: Path, open_page: Open, train: Train
) -> None:
    with dashboard(repo) as client:
        training = train("popular")
        training.log(0, 5)
        pages = [open_page(client.url) for _ in range(9)]
        training.log(5, 50)
        for page in pages:
            expect_end(page, "loss", 24.5)
            expect(page.locator(".gx-fresh")).to_have_text("live")
        pages[0].close()
        training.log(50, 80)
        for page in pages[1:]:
            expect_end(page, "loss", 39.5)
        late = open_page(client.url)
        training.log(80, 100)
        expect_end(late, "loss", 49.5)
        assert points(pages[5], "loss") == points(late, "loss")
