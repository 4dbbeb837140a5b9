"""The report and README.md in a real browser: quiet, self-contained, readable everywhere."""

from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from playwright.sync_api import Browser, Page
from render import factory

from gitexp.render.plots import run_plots
from gitexp.render.readme import run_readme
from gitexp.render.report import report_html
from gitexp.schema.clock import from_iso

SCHEMES = ["light", "dark"]
WIDTHS = [390, 1024, 1440]

# The contrast of each piece of text with what lies behind it, where it is too low.
LOW_CONTRAST = """() => {
  const parts = (css) => css.match(/[\\d.]+/g).map(Number);
  const light = (css) => {
    const [r, g, b] = parts(css).map((c) => c / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const colour = getComputedStyle(e).backgroundColor;
      if ((parts(colour)[3] ?? 1) > 0.5) return colour;
    }
    return 'rgb(255, 255, 255)';
  };
  const low = new Set();
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const inPlot = element.closest('svg');
    const a = light(inPlot ? style.fill : style.color), b = light(behind(element));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) low.add(`${walker.currentNode.data.trim()}: ${contrast.toFixed(2)}`);
  }
  return [...low];
}"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("reports")
    shapes = {
        "three": factory.three_learning_rates(),
        "every-status": [
            factory.training(), factory.failed(), factory.running(), factory.killed(),
            factory.bare(),
        ],
        "sixty": factory.sixty(),
        "hostile": [factory.hostile(), factory.broken()],
    }  # fmt: skip
    paths = {}
    for name, views in shapes.items():
        paths[name] = folder / f"{name}.html"
        page = report_html(views, title=name, generated_s=from_iso(factory.CREATED) + 60)
        paths[name].write_text(page, "utf-8")
    return paths


class Quiet:
    """A page that writes down everything that should not happen."""

    def __init__(self, browser: Browser, path: Path, **options: object) -> None:
        self.context = browser.new_context(**options)  # type: ignore[arg-type]
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message))
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.goto(path.as_uri())
        self.url = path.as_uri()

    def __enter__(self) -> "Quiet":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()
        assert self.complaints == []
        # An icon of its own that is empty keeps the browser from asking for one.
        assert [url for url in self.requests if url not in (self.url, "data:,")] == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("shape", ["three", "every-status", "sixty", "hostile"])
def test_it_loads_nothing_and_complains_about_nothing(browser, reports, shape, scheme):
    with Quiet(browser, reports[shape], color_scheme=scheme) as quiet:
        quiet.page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
        assert quiet.page.title()
        # The style has force: its hash in the policy is right.
        family = quiet.page.evaluate("getComputedStyle(document.body).fontFamily")
        assert family.startswith("system-ui")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_all_text_can_be_read(browser, reports, scheme):
    with Quiet(browser, reports["every-status"], color_scheme=scheme) as quiet:
        quiet.page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
        assert quiet.page.evaluate(LOW_CONTRAST) == []


def test_dark_is_dark_and_light_is_light(browser, reports):
    grounds = {}
    for scheme in SCHEMES:
        with Quiet(browser, reports["three"], color_scheme=scheme) as quiet:
            grounds[scheme] = quiet.page.evaluate(
                "getComputedStyle(document.body).backgroundColor"
            )
    assert grounds == {"light": "rgb(246, 247, 249)", "dark": "rgb(9, 12, 16)"}


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("shape", ["three", "every-status", "sixty", "hostile"])
def test_no_page_is_wider_than_its_window(browser, reports, shape, width):
    with Quiet(browser, reports[shape], viewport={"width": width, "height": 900}) as quiet:
        quiet.page.evaluate("document.querySelectorAll('details').forEach((d) => d.open = true)")
        assert quiet.page.evaluate("document.documentElement.scrollWidth") == width


def test_wide_tables_scroll_in_their_box(browser, reports):
    with Quiet(browser, reports["every-status"], viewport={"width": 390, "height": 800}) as quiet:
        box = quiet.page.get_by_role("region", name="All runs")
        assert box.evaluate("(e) => e.scrollWidth > e.clientWidth")
        box.focus()
        quiet.page.keyboard.press("ArrowRight")
        quiet.page.wait_for_function("(e) => e.scrollLeft > 0", arg=box.element_handle())


def test_a_link_in_the_table_opens_the_run(browser, reports):
    with Quiet(browser, reports["sixty"]) as quiet:
        body = quiet.page.locator("#run-7")
        assert not body.is_visible()
        quiet.page.locator("#runs a[href='#run-7']").click()
        body.wait_for(state="visible")
        assert quiet.page.locator("#run-8").is_hidden()


def test_the_keyboard_reaches_everything(browser, reports):
    with Quiet(browser, reports["every-status"]) as quiet:
        quiet.page.keyboard.press("Tab")
        assert quiet.page.evaluate("document.activeElement.textContent") == "Skip to the content"
        quiet.page.locator("article summary").first.focus()
        quiet.page.keyboard.press("Enter")
        assert quiet.page.locator("#run-1").is_visible()


def test_on_paper_all_runs_are_unfolded_and_light(browser, reports):
    with Quiet(browser, reports["every-status"], color_scheme="dark") as quiet:
        closed = quiet.page.locator("#run-2")
        assert not closed.is_visible()
        quiet.page.emulate_media(media="print", color_scheme="dark")
        assert closed.is_visible()
        assert not quiet.page.locator("nav.sections").is_visible()
        assert quiet.page.evaluate("getComputedStyle(document.body).color") == "rgb(27, 31, 36)"
        assert len(quiet.page.pdf(format="A4")) > 10_000


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("shape", [factory.training, factory.hostile], ids=["training", "hostile"])
def test_readme_as_a_page_shows_its_pictures(browser, tmp_path, shape, scheme):
    view = shape()
    (tmp_path / "plots").mkdir()
    for name, svg in run_plots(view).items():
        (tmp_path / "plots" / name).write_text(svg, "utf-8")
    markdown = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    page = tmp_path / "README.html"
    page.write_text(f"<meta charset=utf-8>{markdown.render(run_readme(view))}", "utf-8")
    context = browser.new_context(color_scheme=scheme)
    tab = context.new_page()
    complaints: list[str] = []
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(page.as_uri())
    widths = tab.evaluate("[...document.images].map((i) => i.complete && i.naturalWidth)")
    assert widths == [408] * len(run_plots(view))
    assert complaints == []
    context.close()
