import base64
import hashlib
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from render import factory

from gitexp._version import __version__
from gitexp.render.report import report_html
from gitexp.render.report_compare import overlays, runs_table, tiles
from gitexp.render.report_energy import energy_section
from gitexp.schema.clock import from_iso
from gitexp.schema.metrics import MetricSummary

NOW = from_iso(factory.CREATED) + 7200


def page_of(views, **options):
    options.setdefault("title", "Learning rates")
    return report_html(views, generated_s=NOW, repository="lab", **options)


SHAPES = {
    "three": factory.three_learning_rates,
    "every-status": lambda: [
        factory.training(), factory.failed(), factory.running(), factory.killed(), factory.bare(),
    ],
    "one": lambda: [factory.training()],
    "sixty": factory.sixty,
    "none": lambda: [],
    "hostile": lambda: [factory.hostile(), factory.broken()],
}  # fmt: skip


class Elements(HTMLParser):
    """All elements of a page, with their attributes, and whether they are closed in order."""

    VOID = frozenset(("meta", "link", "br"))

    def __init__(self, page):
        super().__init__()
        self.all = []
        self.open = []
        self.text = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.all.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append((self.open[-1] if self.open else "", data))

    def of(self, *tags):
        return [(tag, attrs) for tag, attrs in self.all if tag in tags]


@pytest.fixture(params=SHAPES.values(), ids=SHAPES, scope="module")
def page(request):
    return page_of(request.param())


@pytest.mark.parametrize("shape", ["every-status", "one", "none"])
def test_golden(shape, golden):
    page = page_of(SHAPES[shape](), left_out=["Run x is left out: it is malformed."])
    # What changes with every touch of the style, and with every release.
    page = re.sub(r"<style id.*?</style>", "<style>…</style>", page, flags=re.DOTALL)
    page = re.sub(r"sha256-[\w+/=]+", "sha256-…", page).replace(__version__, "VERSION")
    golden(f"report/{shape}.html", page)


def test_every_element_is_closed_and_every_id_is_unique(page):
    elements = Elements(page)
    ids = Counter(attrs["id"] for _, attrs in elements.all if "id" in attrs)
    assert all(n == 1 for n in ids.values())
    for _, attrs in elements.of("a"):
        assert attrs["href"].startswith("#")
        assert attrs["href"][1:] in ids
    for _, attrs in elements.all:
        for name in attrs.get("aria-labelledby", "").split():
            assert name in ids


def test_nothing_runs_and_nothing_is_loaded(page):
    elements = Elements(page)
    tags = {tag for tag, _ in elements.all}
    assert not tags & {
        "script", "iframe", "object", "embed", "img", "image", "base", "form", "foreignobject",
        "use", "animate", "set", "audio", "video", "source", "math", "template", "slot",
    }  # fmt: skip
    for tag, attrs in elements.all:
        for name, value in attrs.items():
            assert not name.startswith("on")
            assert name != "style"
            assert name not in ("src", "srcset", "xlink:href", "action", "formaction", "srcdoc")
            assert name != "href" or value == "data:," or (tag == "a" and value[0] == "#")
    assert len(elements.of("style")) == 1
    assert "@import" not in page
    assert "url(" not in page


def test_the_policy_allows_this_style_and_nothing_else(page):
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    (style,) = re.findall(r"<style id=.*?>(.*?)</style>", page, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; "
        "form-action 'none'"
    )


def test_headings_are_in_order_and_tables_have_heads(page):
    elements = Elements(page)
    levels = [int(tag[1]) for tag, _ in elements.of("h1", "h2", "h3", "h4", "h5")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all("scope" in attrs for _, attrs in elements.of("th"))
    assert elements.of("html") == [("html", {"lang": "en"})]
    for _, attrs in elements.of("svg"):
        assert attrs.get("aria-hidden") == "true" or attrs.get("aria-label")
    for _, attrs in elements.all:
        if attrs.get("role") == "region":
            assert attrs["aria-label"]
            assert attrs["tabindex"] == "0"


def test_hostile_texts_are_text():
    page = page_of(SHAPES["hostile"](), title=factory.EVIL[0], left_out=list(factory.EVIL))
    elements = Elements(page)
    assert not elements.of("script", "img")
    page.encode()
    shown = "".join(text for _, text in elements.text)
    assert "</script><script>alert(1)</script>" in shown
    assert "{{ 7 * 7 }}{% raw %}" in shown
    assert "\x1b" not in page
    assert "\u202e" not in page


def test_the_runs_table():
    table = runs_table(factory.three_learning_rates(), NOW)
    assert table.config_keys == ("lr", "seed")
    assert table.metric_heads == (("val/loss", "↓", "best"), ("val/acc", "↑", "best"))
    assert [row.config[0] for row in table.rows] == ["0.1", "0.01", "0.001"]
    assert [row.started for row in table.rows] == ["2 h ago"] * 3
    for column in range(2):
        assert sum(row.metrics[column].best for row in table.rows) == 1


def with_metric(run, key, last, goal):
    metric = MetricSummary(1, last, 0, last, 0, last, 0, goal)
    return replace(factory.bare(), run=run.but(metrics={key: metric}))


@pytest.mark.parametrize(
    ("goal", "values", "best"),
    [
        ("lower", [3.0, 1.0, 2.0], 1),
        ("higher", [3.0, 1.0, 2.0], 0),
        ("lower", [float("nan"), 2.0, 1.0], 2),
        (None, [3.0, 1.0, 2.0], None),
    ],
)
def test_the_best_run_is_marked(goal, values, best):
    run = factory.training_run()
    views = [with_metric(run, "fid", value, goal) for value in values]
    marked = [n for n, row in enumerate(runs_table(views, NOW).rows) if row.metrics[0].best]
    assert marked == ([] if best is None else [best])
    found = [tile.anchor for tile in tiles(views) if tile.label.startswith("Best fid")]
    assert found == ([] if best is None else [f"run-{best + 1}"])


def test_one_run_is_not_the_best_of_itself():
    (row,) = runs_table([factory.training()], NOW).rows
    assert not any(cell.best for cell in row.metrics)


def test_curves_lie_over_each_other_in_the_runs_colours():
    found = overlays(factory.three_learning_rates())
    keys = [overlay.key for overlay in found]
    assert keys == ["val/loss", "train/loss", "val/acc", "train/acc", "lr"]
    assert all(f'"l c{n}"' in found[0].svg for n in range(3))


def test_sixty_runs_show_twelve_curves_and_say_so():
    views = factory.sixty()
    assert "trial-11" in overlays(views)[0].svg
    assert "trial-12" not in overlays(views)[0].svg
    page = page_of(views)
    assert "The first 12 of 60 runs, in the order of the table." in page
    assert page.count("<article") == 60
    assert "0.00108 to 0.1 (60 values)" in page


def test_energy():
    views = [factory.training(), factory.failed(), factory.bare()]
    runs = [view.run for view in views]
    section = energy_section(runs)
    assert section is not None
    assert section.totals == "190 Wh, 90.4 g CO₂, 0.06 EUR, 12m 24s"
    assert section.notes[0].startswith("1 run did not finish: 97.1 Wh (51.1%), ")
    by_status = next(table for table in section.tables if table.title == "By status")
    rows = {row.label: (row.runs, row.energy) for row in by_status.rows}
    assert rows["failed"] == ("1", "97.1 Wh")
    alone = energy_section([factory.training().run] * 2)
    assert alone is not None
    assert alone.tables == ()
    skipped = [{"duration_s": 60.0, "energy_wh": 2.0, "co2_g": None}]
    saved = energy_section(runs, skipped)
    assert saved is not None
    told = "1 run not started, tried before (this machine): 2 Wh, 1m 0s"
    assert told in saved.notes
    page = report_html(views, title="t", generated_s=0, savings=skipped)
    assert f"<li>{told}</li>" in page
    first, second, third = section.rows
    assert third is None
    assert first is not None
    assert first.gpu == "86.9%"
    assert (round(first.share), second.share) == (96, 100.0)
    assert energy_section([factory.bare().run]) is None


def test_many_runs_show_less_of_each():
    long = replace(factory.training(), code_patch=factory.PATCH * 400, output="line\n" * 500)
    one = len(page_of([long]))
    many = len(page_of([replace(long, oid=str(n)) for n in range(61)])) / 61
    assert many < one / 6
