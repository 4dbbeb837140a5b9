"""Reports and articles in Chromium from file://: runs' pages, panels, print, hostile runs."""

from __future__ import annotations

import base64
import contextlib
import math
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from conftest import init_repo
from playwright.sync_api import Browser, Page, expect
from render.factory import EVIL
from support.browser import inaccessible
from support.runs import make_run

from gitexp.paths import web_bundle
from gitexp.query.report import report

pytestmark = pytest.mark.skipif(web_bundle() is None, reason="the web app is not built")

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SCRIPT = "<script>document.title = 'broken'; alert(1)</script><img src=x onerror=alert(1)>"
SVG = f'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">{SCRIPT}</svg>'
# What the browser says of scripts in a run's HTML, which is shown in a frame.
REFUSED = "violates the following Content Security Policy"
PAGE = (
    b"<style>p { color: red; background: url(https://example.org/x.png) }</style>"
    b"<p style='padding-left: 8px'>words</p>"
)
ARTICLE = """\
# Which rate?

The loss is $\\frac{1}{n}\\sum_i x_i^2$[^1].

```gitexp
panel: curves
metrics: loss
title: The loss
```

```gitexp
panel: scatter
x: config.lr
y: loss
```

```gitexp
panel: runs
```

```gitexp
panel: code
runs: run-0
path: train.py
```

```gitexp
panel: media
key: picture
```

[^1]: A mean.
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Pages of two repositories: an ordinary one and a hostile one."""
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GIT_CONFIG_GLOBAL", "/dev/null")
        patch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        for who in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{who}_NAME", "Ada Lovelace")
            patch.setenv(f"GIT_{who}_EMAIL", "ada@example.org")
        for name, make in {"lab": make_runs, "hostile": make_hostile_runs}.items():
            repo = tmp_path_factory.mktemp(name)
            patch.chdir(repo)
            init_repo(repo)
            make(repo)
            found[name] = report(output=repo / "report.html")
        lab = found["lab"].parent
        patch.chdir(lab)
        (lab / "notes.md").write_text(ARTICLE, "utf-8")
        found["article"] = report(source=lab / "notes.md", output=lab / "article.html")
        hostile = found["hostile"].parent
        patch.chdir(hostile)
        (hostile / "a.svg").write_text(SVG, "utf-8")
        text = "\n\n".join([SCRIPT, "![x](a.svg)", *EVIL])
        panels = ["curves", "runs", "config", "diff", "media", "findings", "histogram", "bars"]
        blocks = "\n\n".join(f"```gitexp\npanel: {kind}\n```" for kind in panels)
        article = f"# {SCRIPT}\n\n{blocks}\n\n{text}\n".encode("utf-8", "replace")
        (hostile / "notes.md").write_bytes(article)
        found["hostile article"] = report(
            source=hostile / "notes.md", output=hostile / "article.html"
        )
    return found


def make_runs(repo: Path) -> None:
    for i in range(3):
        make_run(
            repo,
            f"run-{i}",
            config={"lr": 10.0**-i},
            metrics=[
                *({"loss": (1 + i) * math.exp(-step / 20)} for step in range(60)),
                {"picture": {"_type": "image", "path": "media/picture/1.png", "width": 1}},
                {"page": {"_type": "html", "path": "media/page/1.html"}},
            ],
            hardware=[{"cpu.utilization_pct": 50 + k} for k in range(5)],
            output="\x1b[32mgreen\x1b[0m words\n",
            environment={"python": {"version": "3.11"}},
            created_at=f"2024-01-0{i + 1}T00:00:00.000Z",
            code={"train.py": f"rate = {i}\n".encode()},
            files={
                "media/picture/1.png": PNG,
                "media/page/1.html": PAGE + SCRIPT.encode(),
                "histograms.jsonl": orjson.dumps(
                    {"_step": 1, "kind": "gradient", "name": "w", "bins": [0, 1], "counts": [1, 2]}
                ),
            },
        )


def make_hostile_runs(repo: Path) -> None:
    for i in range(2):
        texts = [*EVIL, SCRIPT, f"{SCRIPT}{i}"]
        clean = [text.encode("utf-8", "replace").decode() for text in texts]
        media = {
            "picture": {"_type": "image", "path": "media/x/1.svg", "caption": SCRIPT},
            "away": {"_type": "image", "path": "../../../etc/passwd"},
            SCRIPT: {"_type": SCRIPT, "path": "media/x/1.html"},
            "page": {"_type": "html", "path": "media/x/1.html"},
        }
        make_run(
            repo,
            f"hostile-{i}",
            config={text: {other: f"{other}{i}" for other in clean} for text in clean},
            metrics=[{**dict.fromkeys(clean, step + i), **media} for step in range(20)],
            hardware=[dict.fromkeys(clean, 1.0)] * 3,
            output="\n".join([*clean, "\x1b]8;;javascript:alert(1)\x07link\x1b]8;;\x07"]),
            environment={text: clean for text in clean},
            tags=clean,
            notes=SCRIPT,
            author=SCRIPT,
            host=SCRIPT,
            group=SCRIPT,
            command=[SCRIPT, *clean],
            created_at=f"2024-01-0{i + 1}T00:00:00.000Z",
            code={f"{SCRIPT.replace('/', '')}.py": SCRIPT.encode(), "b.html": SCRIPT.encode()},
            files={
                "README.md": SCRIPT.encode(),
                "media/x/1.svg": SVG.encode(),
                "media/x/1.html": SCRIPT.encode(),
                "model.json": orjson.dumps({"class": SCRIPT, "parameters": 1, "trainable": 1}),
                "diagnostics.json": orjson.dumps(
                    [{"rule": SCRIPT, "severity": "error", "what": SCRIPT, "where": SCRIPT,
                      "steps": [1, 2], "evidence": {SCRIPT: SCRIPT}, "try": SCRIPT}]
                ),
                "histograms.jsonl": orjson.dumps(
                    {"_step": 1, "kind": "gradient", "name": SCRIPT, "bins": [0, 1],
                     "counts": [1, 2]}
                ),
            },
        )  # fmt: skip


@contextlib.contextmanager
def opened(
    browser: Browser, path: Path, *, refused: str = "sandboxed", **options: object
) -> Iterator[Page]:
    """A page of its own; it fails the test by complaining, by a dialog, or by asking a network.

    Args:
        browser: to open it in.
        path: the file.
        refused: what the browser may say of a run's HTML in its frame, where nothing runs.
        options: of the context.
    """
    context = browser.new_context(viewport={"width": 1440, "height": 900}, **options)  # type: ignore[arg-type]
    page = context.new_page()
    page.set_default_timeout(60_000)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    page.on("popup", lambda popup: said.append(popup.url))
    page.on(
        "request",
        lambda asked: (
            said.append(asked.url)
            if asked.url not in (path.as_uri(), "about:srcdoc")
            and not asked.url.startswith((f"{path.as_uri()}#", "data:", "blob:"))
            else None
        ),
    )
    page.goto(path.as_uri())
    yield page
    context.close()
    assert [text for text in said if refused not in text] == []


@pytest.fixture(autouse=True)
def patience() -> Iterator[None]:
    """A busy machine is no failure."""
    expect.set_options(timeout=60_000)
    yield
    expect.set_options(timeout=5_000)


def go(page: Page, fragment: str) -> None:
    page.evaluate("to => { location.hash = to; }", fragment)


def test_a_runs_page_has_all_that_the_file_holds(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["lab"], refused=REFUSED) as page:
        go(page, "#/run/run-1")
        main = page.locator("#gx-main")
        expect(main.get_by_role("heading", name="run-1").first).to_be_visible()
        for part, words in {
            "output": "green words",
            "source": "train.py",
            "media": "picture",
            "histograms": "step 1",
            "config": "lr",
        }.items():
            section = page.locator(f"#part-{part}")
            # Parts above grow while they load, and push this one away again.
            for _ in range(100):
                section.evaluate("part => part.scrollIntoView()")
                if words in section.inner_text():
                    break
                page.wait_for_timeout(200)
            expect(section).to_contain_text(words)


def test_html_of_a_run_is_shown_in_a_frame_that_runs_nothing(
    browser: Browser, files: dict[str, Path]
) -> None:
    with opened(browser, files["lab"], refused=REFUSED) as page:
        go(page, "#/run/run-1/media")
        frame = page.locator("iframe").first
        expect(frame).to_be_visible()
        assert frame.get_attribute("sandbox") == "allow-same-origin"
        words = page.frame_locator("iframe").first.locator("p")
        expect(words).to_have_text("words")
        expect(words).to_have_css("color", "rgb(255, 0, 0)")
        expect(words).to_have_css("padding-left", "8px")
        expect(words).to_have_css("background-image", "none")


def test_a_run_without_details_in_the_file_says_so_once(
    browser: Browser, repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("first", "second"):
        make_run(
            repo,
            name,
            metrics=[{"loss": 1.0}, {"loss": 0.5}],
            config={"lr": 0.1},
            created_at=f"2024-01-0{len(name) - 4}T00:00:00.000Z",
        )
    monkeypatch.setattr("gitexp.query.app.embedded.IN_FULL", 1)
    full, short = "second", "first"  # the newest first
    with opened(browser, report(output=repo / "report.html")) as page:
        go(page, f"#/run/{short}")
        expect(
            page.get_by_text("has the facts, config and curves of this run only")
        ).to_be_visible()
        parts = page.get_by_role("navigation", name="Parts of this run")
        expect(parts.get_by_role("link")).to_have_text(["Overview", "Curves", "Summary", "Config"])
        expect(page.locator("#part-config")).to_contain_text("0.1")
        go(page, f"#/run/{full}")
        expect(parts.get_by_role("link", name="Environment")).to_be_visible()
        assert page.get_by_text("of this run only").count() == 0


def test_two_runs_are_compared(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["lab"], refused=REFUSED) as page:
        go(page, "#/compare/run-0/run-2")
        main = page.locator("#gx-main")
        expect(main).to_contain_text("lr")
        expect(main).to_contain_text("rate = 2")


def test_axes_are_brushed_and_the_table_follows(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["lab"]) as page:
        go(page, "#/hyperparameters")
        chart = page.locator("[aria-label^='Parallel coordinates'] canvas").first
        expect(chart).to_be_visible()
        expect(page.locator(".gx-table .gx-name a")).to_have_count(3)
        box = chart.bounding_box()
        assert box is not None
        for at in range(20, 400, 4):  # the first axis, wherever the chart puts it
            page.mouse.move(box["x"] + at, box["y"] + box["height"] * 0.3)
            page.mouse.down()
            page.mouse.move(box["x"] + at, box["y"] + box["height"] * 0.5, steps=4)
            page.mouse.up()
            if page.locator(".gx-chip").count():
                break
        expect(page.locator(".gx-chip").first).to_be_visible()


def test_panels_of_an_article_are_live(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["article"]) as page:
        live = page.locator("#panel-0 .gx-live")
        expect(live.locator(".gx-chart canvas").first).to_be_visible()
        expect(page.locator("#panel-1 canvas").first).to_be_visible()
        expect(page.locator("#panel-2 .gx-live")).to_contain_text("run-2")
        expect(page.locator("#panel-3 .gx-live")).to_contain_text("rate = 0")
        expect(page.locator("#panel-0 .fallback")).to_be_hidden()
        expect(page.locator("h1")).to_have_text("Which rate?")
        assert page.locator("math mfrac").count() == 1
        page.locator(".footnote-ref a").click()
        expect(page.locator("#fn1")).to_be_in_viewport()


def test_an_article_on_paper_and_without_scripts(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["article"]) as page:
        expect(page.locator("#panel-0 .gx-live .gx-chart canvas").first).to_be_visible()
        page.emulate_media(media="print")
        expect(page.locator("#panel-0 .fallback svg.plot").first).to_be_visible()
        expect(page.locator("#panel-0 .gx-live")).to_be_hidden()
        expect(page.locator("#app")).to_be_hidden()
    with opened(browser, files["article"], java_script_enabled=False) as page:
        for panel in range(5):
            expect(page.locator(f"#panel-{panel} .fallback")).to_be_visible()
        expect(page.locator("#panel-3")).to_contain_text("rate = 0")
        expect(page.locator("#panel-4 img").first).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_static_page_is_there_without_scripts(
    browser: Browser, files: dict[str, Path], scheme: str
) -> None:
    with opened(browser, files["lab"], java_script_enabled=False, color_scheme=scheme) as page:
        expect(page.locator("#static article")).to_have_count(3)
        expect(page.locator("#static svg.plot").first).to_be_visible()
        expect(page.locator("#app")).to_be_empty()


@pytest.mark.parametrize(
    "fragment", ["#/", "#/table", "#/hyperparameters", "#/compare/hostile-0/hostile-1"]
)
def test_hostile_runs_do_nothing(browser: Browser, files: dict[str, Path], fragment: str) -> None:
    with opened(browser, files["hostile"]) as page:
        go(page, fragment)
        expect(page.locator(".gx-app")).to_be_visible()
        page.wait_for_timeout(700)
        expect_unbroken(page)


def test_the_page_of_a_hostile_run_does_nothing(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["hostile"], refused=REFUSED) as page:
        go(page, "#/run/hostile-0")
        expect(page.locator("#part-overview")).to_be_visible()
        page.evaluate(
            "document.querySelectorAll('.gp-toggle[aria-expanded=false]').forEach(b => b.click())"
        )
        page.evaluate(
            """async () => {
              for (const part of document.querySelectorAll('.gp-section')) {
                part.scrollIntoView();
                await new Promise((after) => setTimeout(after, 300));
              }
            }"""
        )
        page.locator("#part-source").evaluate("part => part.scrollIntoView()")
        expect(page.locator("#part-source")).to_contain_text("b.html")
        expect_unbroken(page)


def expect_unbroken(page: Page) -> None:
    assert page.title() != "broken"
    assert page.locator("#app script, #app img[src=x]").count() == 0


def test_a_hostile_article_does_nothing(browser: Browser, files: dict[str, Path]) -> None:
    with opened(browser, files["hostile article"]) as page:
        expect(page.locator("#panel-0 .gx-live")).to_be_attached()
        page.wait_for_timeout(700)
        assert page.locator("#static script, #static img[src=x], .gx-live script").count() == 0
        assert "broken" not in page.title()[:6]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["article", "lab"])
def test_pages_without_scripts_are_accessible(
    browser: Browser, files: dict[str, Path], name: str, scheme: str
) -> None:
    with opened(browser, files[name], color_scheme=scheme) as page:
        expect(page.locator(".gx-app")).to_be_attached()
        page.emulate_media(media="print" if name == "lab" else "screen", color_scheme=scheme)  # type: ignore[arg-type]
        found = inaccessible(page, {"include": ["#static"], "exclude": [".gx-live"]})
    # Landmarks are judged in a whole page: here the app stands beside what is looked at.
    beside = ("region", "landmark-no-duplicate-main", "landmark-unique")
    passed_over = beside if name == "article" else ("region",)
    assert [what for what in found if what[0] not in passed_over] == []


def test_the_static_page_comes_back_where_the_app_fails(
    browser: Browser, files: dict[str, Path], tmp_path: Path
) -> None:
    html = files["lab"].read_text("utf-8")
    begin = html.index('<script type="application/json" id="gitexp-page">')
    broken = tmp_path / "broken.html"
    broken.write_text(html[:begin] + html[begin:].replace('{"version":', '{"version"', 1), "utf-8")
    with opened(browser, broken, refused="JSON") as page:
        expect(page.locator("#static article").first).to_be_visible()
