"""What a report embeds for the app, and how little it reads for it."""

from __future__ import annotations

import base64
import gzip
import json
import re
from pathlib import Path
from typing import Any

import orjson
import pytest
from support.runs import make_run

from gitexp.query import report as reports
from gitexp.query.gather import gather, points_for
from gitexp.query.report import make_report
from gitexp.query.runs import Runs
from gitexp.render.app.packed import split_curves
from gitexp.schema.run import HardwareSummary
from gitexp.store.repository import Repository


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = tmp_path / "app.js", tmp_path / "app.css"
    for file in files:
        file.write_text("/* */")
    monkeypatch.setattr(reports, "web_bundle", lambda: files)


def lab(top: Path, runs: int = 3) -> None:
    for at in range(runs):
        make_run(
            top,
            f"r{at}",
            config={"lr": at},
            created_at=f"2024-01-01T00:00:{at:02}.000Z",
            metrics=[{"loss": step * at, "a/b": 1} for step in range(30)]
            + [{"x": {"_type": "image", "path": "media/x/1.png"}}],
            hardware=[{"cpu.utilization_pct": 50}] * 3,
            output="done\n",
            code={"train.py": b"print(1)\n"},
            files={
                "media/x/1.png": b"png",
                "histograms.jsonl": orjson.dumps(
                    {"_step": 1, "kind": "gradient", "name": "w", "bins": [0, 1], "counts": [1, 2]}
                ),
            },
        )


def embedded(html: str) -> tuple[dict[str, Any], dict[str, bytes]]:
    (described,) = re.findall(r'id="gitexp-page">(.*?)</script>', html)
    page = json.loads(described)
    texts = dict(re.findall(r'<script type="text/plain" id="(c\d+)">(.*?)</script>', html))
    contents = {
        path: gzip.decompress(base64.b64decode(texts[name]))
        for path, name in page["chunks"].items()
    }
    return page, contents


@pytest.mark.usefixtures("bundle")
def test_everything_of_a_small_report_is_in_it(repo: Path) -> None:
    lab(repo)
    with Runs(Repository.open(repo)) as runs:
        page, contents = embedded(make_report(runs, ["r1", "r2"]).html)
        again = embedded(make_report(runs, ["r1", "r2"]).html)[1]
    assert contents == again  # from the index
    assert page["mode"] == "report"
    assert page["metrics"] == {"loss": {"goal": "lower"}, "a/b": {"goal": None}}
    assert page["left_out"] == []
    assert set(contents) >= {
        "runs", "series/loss", "series/a%2Fb", "hardware/r1", "run/r1", "run/r2", "output/r1",
        "histograms/r1", "media/r1", "file/r1/media%2Fx%2F1.png", "source/r1",
        "source/r1/train.py", "diff/r1", "compare/r1/r2", "compare/r2/r1",
    }  # fmt: skip
    assert [row["name"] for row in json.loads(contents["runs"])["runs"]] == ["r1", "r2"]
    assert [run for run, _ in split_curves(contents["series/loss"])] == ["r1", "r2"]
    detail = json.loads(contents["run/r1"])
    assert detail["run"]["oid"] == detail["chain"][0]["oid"]
    assert contents["file/r1/media%2Fx%2F1.png"] == b"png"
    assert json.loads(contents["output/r1"])["text"] == "done\n"


@pytest.mark.usefixtures("bundle")
def test_what_does_not_fit_is_told(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab(repo)
    limits = dict.fromkeys(reports_limits(), 0) | {"series": 10_000}
    monkeypatch.setattr("gitexp.query.app.embedded._LIMITS", limits)
    with Runs(Repository.open(repo)) as runs:
        page, contents = embedded(make_report(runs).html)
    assert set(contents) == {"runs", "series/loss", "series/a%2Fb"}
    assert len(page["left_out"]) == 1
    assert "the details of 3 runs" in page["left_out"][0]


def reports_limits() -> dict[str, int]:
    from gitexp.query.app import embedded as module

    return module._LIMITS


def test_without_the_app_there_is_no_script(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lab(repo, 1)
    monkeypatch.setattr(reports, "web_bundle", lambda: None)
    with Runs(Repository.open(repo)) as runs:
        assert "<script" not in make_report(runs).html


def test_runs_beyond_the_detailed_ones_have_a_row(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab(repo)
    monkeypatch.setattr("gitexp.query.gather.IN_FULL", 2)
    with Runs(Repository.open(repo)) as runs:
        gathered = gather(runs, runs.all)
    assert [bool(view.series) for view in gathered.views] == [True, True, False]
    assert set(gathered.curves) == {"r0", "r1", "r2"}
    assert set(gathered.hardware) == {"r2", "r1"}


def test_points_of_a_curve() -> None:
    assert points_for(1) == 1024
    assert points_for(5_000) == 256
    assert points_for(10**6) == 64


def test_the_page_without_scripts_shows_the_last_pictures(repo: Path) -> None:
    image = {"_type": "image", "path": "media/x/1.png", "caption": "<b>words"}
    away = {"_type": "image", "path": "media/../run.json"}
    png = base64.b64decode("iVBORw0KGgo=")
    make_run(repo, "a", metrics=[{"x": image}, {"y": away}], files={"media/x/1.png": png})
    with Runs(Repository.open(repo)) as runs:
        html = make_report(runs).html
    assert re.findall(r'<img src="(.*?)" alt="(.*?)">', html) == [
        ("data:image/png;base64,iVBORw0KGgo=", "x, step 0: &lt;b&gt;words")
    ]


def test_seeds_and_energy_are_embedded_where_there_are_some(repo: Path, bundle: None) -> None:
    lab(repo, runs=1)
    with Runs(Repository.open(repo)) as runs:
        assert not {"seeds", "energy"} & embedded(make_report(runs).html)[1].keys()
    for seed in (1, 2, 3, 4):
        make_run(
            repo,
            f"s{seed}",
            config={"width": seed % 2, "seed": seed},
            metrics=[{"loss": 0.5 * (seed % 2) + 0.1 * seed}],
            used=HardwareSummary(samples=3, energy_wh=float(seed)),
        )
    with Runs(Repository.open(repo)) as runs:
        found = embedded(make_report(runs).html)[1]
    seeds = orjson.loads(found["seeds"])
    assert seeds["keys"] == ["width"]
    assert {frozenset(group["runs"]) for group in seeds["groups"]} == {
        frozenset({"s1", "s3"}),
        frozenset({"s2", "s4"}),
    }
    assert {tuple(group["config"]) for group in seeds["groups"]} == {(0,), (1,)}
    assert seeds["best"] in {"s2", "s4"}
    energy = orjson.loads(found["energy"])
    assert [row["run"] for row in energy["rows"]] == ["s4", "s3", "s2", "s1"]
    assert [row["share"] for row in energy["rows"]] == [100.0, 75.0, 50.0, 25.0]
    assert energy["totals"].startswith("10 Wh")


def test_the_app_of_many_runs_does_not_wait_for_the_static_page(
    repo: Path, bundle: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab(repo)
    with Runs(Repository.open(repo)) as runs:
        few = make_report(runs).html
        monkeypatch.setattr("gitexp.render.report._APP_FIRST", 3)
        many = make_report(runs).html
    assert embedded(few) == embedded(many)
    for html, order in ((few, ["static", "app"]), (many, ["app", "static"])):
        assert re.findall(r'<div id="(app|static)">', html) == order
        # All that the app begins with stands before the curves and files of runs.
        assert html.index("/* */</script>") < html.index(' id="c1">')
