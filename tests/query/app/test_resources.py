"""The app's resources of runs in a real repository."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest
from support.runs import make_run

from gitexp.errors import RunNotFound
from gitexp.query.app.curves import all_curves, run_curves
from gitexp.query.app.detail import compare_document, run_detail
from gitexp.query.app.files import (
    diff_document,
    histograms_document,
    media_document,
    media_file,
    output_document,
    source_document,
    source_file,
)
from gitexp.query.app.rows import runs_document
from gitexp.query.runs import Runs
from gitexp.render.app.packed import to_series
from gitexp.store.repository import Repository

IMAGE = {"_type": "image", "path": "media/x/1.png"}


@pytest.fixture
def lab(repo: Path) -> Path:
    for at, name in enumerate(("a", "b")):
        make_run(
            repo,
            name,
            config={"lr": at},
            created_at=f"2024-01-01T00:00:0{at}.000Z",
            metrics=[{"loss": step * (at + 1)} for step in range(3000)] + [{"x": IMAGE}],
            hardware=[{"cpu.utilization_pct": 50}] * 3,
            output="one\n\x1b[31mtwo\x1b[0m\x1b[2J\nthree\n",
            code={"train.py": b"print(1)\n", "sub/x.txt": b"a"},
            files={
                "media/x/1.png": b"png",
                "media/x/2.png": b"png",
                "diagnostics.json": b'[{"severity": "error"}]',
                "histograms.jsonl": orjson.dumps(
                    {"_step": 1, "kind": "gradient", "name": "w", "bins": [0, 1], "counts": [1, 2]}
                ),
            },
        )
    return repo


def test_rows(lab: Path) -> None:
    with Runs(Repository.open(lab)) as runs:
        first = runs_document(runs)["runs"]
        again = runs_document(runs)["runs"]
    assert first == again
    assert [row["name"] for row in first] == ["b", "a"]
    assert first[0]["media"] == 2
    assert first[0]["findings"] == {"error": 1, "warning": 0, "info": 0}
    assert first[0]["live"] is False
    assert first[0]["url"] is None


def test_rows_know_the_host_that_a_run_was_pushed_to(lab: Path) -> None:
    repo = Repository.open(lab)
    with Runs(repo) as runs:
        oid = runs.all[0].oid
        assert oid is not None
    repo.git("remote", "add", "origin", "git@github.com:ada/lab.git")
    repo.git("update-ref", "refs/gitexp/fetched/origin/b", oid)
    with Runs(Repository.open(lab)) as runs:
        urls = {row["name"]: row["url"] for row in runs_document(runs)["runs"]}
    assert urls == {"a": None, "b": f"https://github.com/ada/lab/tree/{oid}"}


def test_a_malformed_run_is_among_them(lab: Path) -> None:
    make_run(lab, "bad", files={"run.json": b"{"})
    with Runs(Repository.open(lab)) as runs:
        rows = {row["name"]: row for row in runs_document(runs)["runs"]}
    assert rows["bad"]["malformed"]
    assert rows["a"]["malformed"] is None


def test_a_run_that_runs_elsewhere_tells_the_age_of_its_news(lab: Path) -> None:
    make_run(lab, "far", status="running")
    with Runs(Repository.open(lab), now_s=1704067200 + 100) as runs:
        rows = {row["name"]: row for row in runs_document(runs)["runs"]}
    assert rows["far"]["stale_s"] == 100
    assert rows["a"]["stale_s"] is None


def test_curves_of_several_runs(lab: Path) -> None:
    repo = Repository.open(lab)
    with Runs(repo) as runs:
        for _ in range(2):  # the second time from the index
            found = {
                run.name: curves["loss"]
                for run, curves in all_curves(repo, runs.index, runs.all, points=100)
            }
            assert list(found) == ["b", "a"]
            assert found["b"].total == 3000
            assert found["b"].n <= 100
            assert to_series(found["b"]).values[-1] == 2999 * 2


def test_thrifty_curves_keep_four_digits(lab: Path) -> None:
    repo = Repository.open(lab)
    with Runs(repo) as runs:
        ((_, exact),) = all_curves(repo, runs.index, runs.all[:1], points=100)
        ((_, thrifty),) = all_curves(repo, runs.index, runs.all[:1], points=100, thrifty=True)
    one, other = to_series(exact["loss"]), to_series(thrifty["loss"])
    assert list(one.steps) == list(other.steps)
    assert list(other.values) == pytest.approx(list(one.values), rel=1e-4)
    assert list(other.times_s) == pytest.approx(list(one.times_s), abs=1)


def test_hardware(lab: Path) -> None:
    repo = Repository.open(lab)
    with Runs(repo) as runs:
        (curve,) = run_curves(repo, runs.index, runs.all[0], "hardware").values()
    assert curve.key == "cpu.utilization_pct"
    assert list(to_series(curve).steps) == [0, 1, 2]


def test_one_run(lab: Path) -> None:
    with Runs(Repository.open(lab)) as runs:
        found = runs.get("a")
        assert found is not None
        detail = run_detail(runs, found)
    assert detail["run"]["name"] == "a"
    assert detail["findings"] == [{"severity": "error"}]
    assert detail["chain"][0]["oid"] == found.oid
    assert detail["files"]["media/x/1.png"] == 3


def test_files_of_a_run(lab: Path) -> None:
    repo = Repository.open(lab)
    with Runs(repo) as runs:
        found = runs.get("a")
    assert found is not None
    assert [item["path"] for item in media_document(repo, found)["items"]] == ["media/x/1.png"]
    assert media_file(repo, found, "media/x/1.png") == b"png"
    assert media_file(repo, found, "media/../run.json") is None
    assert media_file(repo, found, "run.json") is None
    assert histograms_document(repo, found)["series"][0]["counts"] == [[1, 2]]
    source = source_document(repo, found)
    assert source["files"] == {"sub/x.txt": 1, "train.py": 9}
    shown = source_file(repo, found, "train.py")
    assert shown is not None
    assert "".join(text for _, text in shown["lines"][0]) == "print(1)"
    assert source_file(repo, found, "../run.json") is None
    assert source_file(repo, found, "none.py") is None


def test_the_log_keeps_colours_alone(lab: Path) -> None:
    repo = Repository.open(lab)
    with Runs(repo) as runs:
        found = runs.get("a")
    assert found is not None
    whole = output_document(repo, found)
    assert whole["text"].splitlines() == ["one", "\x1b[31mtwo\x1b[0m\ufffd[2J", "three"]
    assert (whole["first_line"], whole["lines"]) == (0, 3)
    assert output_document(repo, found, before=2, lines=1)["text"].startswith("\x1b[31mtwo")
    assert output_document(repo, found, before=0)["text"] == ""


def test_the_patch_names_its_base(lab: Path) -> None:
    repo = Repository.open(lab)
    with Runs(repo) as runs:
        found = runs.get("a")
    assert found is not None
    told = diff_document(repo, found)
    assert told["against"].startswith("base commit ")
    assert "+print(1)" in told["patch"]


def test_runs_beside_each_other(lab: Path) -> None:
    with Runs(Repository.open(lab)) as runs:
        told = compare_document(runs, ["a", "b"])
        assert told["names"] == ("a", "b")
        assert {"key": "lr", "values": [0, 1]} in told["config"]
        with pytest.raises(RunNotFound):
            compare_document(runs, ["a", "none"])
        with pytest.raises(ValueError, match="two runs"):
            compare_document(runs, ["a"])
