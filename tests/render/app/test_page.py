"""The app inside the report's page: what the policy lets run, and what stays readable."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from render import factory
from render.test_report import NOW, Elements

from gitexp.render.app.embed import HIDE, SHOW_IF_BROKEN, App, Chunks, app_code
from gitexp.render.report import report_html

SCRIPT = "const end = '<\\/script>'"


def page_of(page: dict[str, object], views: list[object] | None = None) -> str:
    chunks = Chunks()
    chunks.add([("runs", b"{}"), ("run/a", b"{}"), ("series/loss", b"\0\1")], 10_000)
    app = App(SCRIPT, "html.app{}", page, chunks)
    shown = factory.three_learning_rates() if views is None else views
    return report_html(shown, title="T", generated_s=NOW, app=app)  # type: ignore[arg-type]


def digest(content: str) -> str:
    return base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def test_the_policy_names_the_script_and_both_styles() -> None:
    html = page_of({})
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', html)
    styles = re.findall(r"<style.*?>(.*?)</style>", html, re.DOTALL)
    script = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert script == [HIDE, SCRIPT, SHOW_IF_BROKEN]
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digest(SCRIPT)}' 'sha256-{digest(HIDE)}' "
        f"'sha256-{digest(SHOW_IF_BROKEN)}'; "
        f"style-src 'sha256-{digest(styles[0])}' 'sha256-{digest(styles[1])}'; "
        "img-src data: blob:; media-src data: blob:; base-uri 'none'; form-action 'none'"
    )


def test_resources_are_found_by_their_path() -> None:
    html = page_of({"mode": "report"})
    (described,) = re.findall(r'id="gitexp-page">(.*?)</script>', html)
    page = json.loads(described)
    assert page["chunks"]["runs"] == page["chunks"]["run/a"]  # equal contents are there once
    for path, content in (("runs", b"{}"), ("series/loss", b"\0\1")):
        (text,) = re.findall(rf'id="{page["chunks"][path]}">(.*?)</script>', html)
        assert gzip.decompress(base64.b64decode(text)) == content


@pytest.mark.parametrize("text", factory.EVIL)
def test_no_text_ends_the_description(text: str) -> None:
    html = page_of({"title": text, text: [text]})
    scripts = Elements(html).of("script")
    assert len(scripts) == 6
    assert Elements(html).of("img") == []


def test_the_page_is_whole_without_its_script() -> None:
    html = page_of({}, [factory.hostile(), factory.broken()])
    begin, end = html.index('<div id="static">'), html.rindex("</footer>")
    assert "<article" in html[begin:end]
    assert '<div id="app"></div>' in html[end:]
    assert html.index('<script type="application/json"') > end


def test_what_does_not_fit_is_told() -> None:
    chunks = Chunks()
    big = bytes(range(256)) * 40
    assert chunks.add([("a", big), ("b", b"x"), ("c", big)], 1_000) == []
    noise = hashlib.shake_128(b"").digest(2_000)
    assert chunks.add([("d", noise), ("e", b"y")], 1_000) == ["d"]
    assert set(chunks.paths) == {"a", "b", "c", "e"}
    assert chunks.size == sum(map(len, chunks.elements.values()))


def test_code_cannot_end_its_element(tmp_path: Path) -> None:
    script, style = tmp_path / "app.js", tmp_path / "app.css"
    script.write_text("a = '</script><!--'")
    style.write_text("a{content:'</style>'}")
    assert app_code((script, style)) == (
        "a = '<\\/script><\\!--'",
        "a{content:'<\\/style>'}",
    )
