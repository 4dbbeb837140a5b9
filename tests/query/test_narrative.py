"""Articles about real runs: choices, pictures, what is refused, and drafts that become pages."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path

import pytest
from query.test_report_app import embedded, lab
from support.cli import gitexp

from gitexp.errors import BadArticle, GitexpError, UsageError
from gitexp.query import narrative
from gitexp.query.draft import make_draft
from gitexp.query.narrative import make_narrative
from gitexp.query.pictures import picture_type
from gitexp.query.report import report
from gitexp.query.runs import Runs
from gitexp.store.repository import Repository

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def article(top: Path, text: str) -> str:
    source = top / "notes.md"
    source.write_text(text, "utf-8")
    with Runs(Repository.open(top)) as runs:
        return make_narrative(runs, source).html


def block(words: str) -> str:
    return f"# T\n\n```gitexp\n{words}\n```\n"


def test_a_panel_has_the_runs_that_it_says(repo: Path) -> None:
    lab(repo)
    for chosen, names in {
        "runs: r1": ["r1"],
        "runs: [r2, r0]": ["r2", "r0"],
        "where: config.lr > 0": ["r2", "r1"],
        "sort: lr\nlimit: 2": ["r0", "r1"],
    }.items():
        html = article(repo, block(f"panel: config\n{chosen}"))
        (head,) = re.findall(r"<thead>(.*?)</thead>", html)
        assert re.findall(r'scope="col">(.*?)<', head)[1:] == names


def test_the_app_gets_the_panels(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab(repo)
    files = repo / "app.js", repo / "app.css"
    for file in files:
        file.write_text("/* */")
    monkeypatch.setattr(narrative, "web_bundle", lambda: files)
    text = block("panel: curves\nmetrics: lo*\nsmoothing: 0.5\nruns: [r1, r2]")
    page, contents = embedded(article(repo, text + block("panel: code\nruns: r1\npath: train.py")))
    assert page["mode"] == "article"
    assert page["panels"] == [
        {"kind": "curves", "runs": ["r1", "r2"], "metrics": ["loss"], "smoothing": 0.5},
        {"kind": "code", "runs": ["r1"], "path": "train.py"},
    ]
    assert json.loads(contents["source/r1/train.py"])["lines"]
    assert [row["name"] for row in json.loads(contents["runs"])["runs"]] == ["r1", "r2"]


@pytest.mark.parametrize(
    ("words", "line", "why", "hint"),
    [
        ("panel: curves\nmetrics: los", 5, "no run of this panel has the metric 'los'", "'loss'"),
        ("panel: runs\nruns: r9", 5, "no run named 'r9'", "r"),
        ("panel: runs\nwhere: lr >", 5, "", None),
        ("panel: runs\nwhere: lr > 99", 5, "no run fits", "gitexp ls"),
        ("panel: diff\nruns: r1", 5, "a diff panel needs two runs", None),
        ("panel: scatter\nx: lrr\ny: loss", 5, "no run of this panel has a config key", "'lr'"),
        ("panel: config\nkeys: l", 5, "no run of this panel has a config key", None),
        ("panel: media\nkey: y", 5, "no run of this panel logged media as 'y'", "x"),
        ("panel: histogram\nkey: gradients/v", 5, "no run of this panel has", "gradients/w"),
        ("panel: code\npath: tran.py", 5, "r2 has no file 'tran.py'", "'train.py'"),
    ],
)
def test_what_the_runs_do_not_have_is_named(
    repo: Path, words: str, line: int, why: str, hint: str | None
) -> None:
    lab(repo)
    with pytest.raises(BadArticle) as caught:
        article(repo, block(words))
    assert caught.value.message.startswith(f"notes.md line {line}: {why}")
    assert hint is None or hint in (caught.value.hint or "")


def test_an_article_without_panels(repo: Path) -> None:
    assert "<p>words</p>" in article(repo, "# T\n\nwords\n")


def test_pictures_come_from_beside_the_article(repo: Path, tmp_path: Path) -> None:
    (repo / "a b.png").write_bytes(PNG)
    (tmp_path / "secret.png").write_bytes(PNG)
    (repo / "link.png").symlink_to(tmp_path / "secret.png")
    (repo / "no.png").write_bytes(b"GIF7")
    html = article(repo, "![x](a%20b.png)")
    assert base64.b64encode(PNG).decode() in html
    for address, why in {
        "../secret.png": "outside the article's folder",
        "link.png": "outside the article's folder",
        "/etc/passwd": "outside the article's folder",
        "none.png": "cannot read",
        "no.png": "is no PNG",
        "https://example.org/a.png": "save the picture beside the article",
        "//example.org/a.png": "save the picture beside the article",
    }.items():
        with pytest.raises(BadArticle, match=why):
            article(repo, f"![x]({address})")


def test_types_of_pictures() -> None:
    assert picture_type(PNG) == "image/png"
    assert picture_type(b'<?xml version="1.0"?>\n<svg>') == "image/svg+xml"
    assert picture_type(b"<html><svg>") is None
    assert picture_type(b"RIFF\0\0\0\0WEBPVP8") == "image/webp"


def test_a_source_that_cannot_be_read(repo: Path) -> None:
    lab(repo, 1)
    with Runs(Repository.open(repo)) as runs:
        with pytest.raises(UsageError, match="cannot read"):
            make_narrative(runs, repo / "none.md")
        (repo / "latin.md").write_bytes(b"a\n\xff")
        with pytest.raises(BadArticle, match="line 2: it is not UTF-8"):
            make_narrative(runs, repo / "latin.md")


def test_a_draft_becomes_a_page(repo: Path) -> None:
    lab(repo)
    with Runs(Repository.open(repo)) as runs:
        (repo / "report.md").write_text(make_draft(runs, ["r*"]), "utf-8")
    path = report(source=repo / "report.md", output=repo / "a.html", path=repo)
    assert "<title>3 runs of lab</title>" in path.read_text("utf-8")


def test_the_command_writes_drafts_and_pages(repo: Path) -> None:
    lab(repo)
    assert gitexp("report", "--new", cwd=repo).stdout == b"report.md\n"
    assert b"is there already" in gitexp("report", "--new", cwd=repo, code=1).stderr
    assert gitexp("report", "r1", "--new", "-o", "-", cwd=repo).stdout.startswith(b"# r1")
    gitexp("report", "--from", "report.md", "-o", "a.html", cwd=repo)
    assert "<h1>3 runs of lab</h1>" in (repo / "a.html").read_text("utf-8")
    (repo / "bad.md").write_text(block("panel: curvs"), "utf-8")
    said = gitexp("report", "--from", "bad.md", cwd=repo, code=2).stderr.decode()
    assert said == (
        "error: bad.md line 4: there is no panel 'curvs'\nhint: did you mean 'curves'?\n"
    )
    gitexp("report", "--from", "report.md", "--new", cwd=repo, code=2)
    gitexp("report", "--new", "--open", cwd=repo, code=2)


def test_a_draft_needs_runs(repo: Path) -> None:
    with Runs(Repository.open(repo)) as runs, pytest.raises(GitexpError, match="no runs yet"):
        make_draft(runs)
