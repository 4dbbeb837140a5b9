"""Runs from Python as tables, for pandas and for notebooks."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from support.runs import make_run

import gitexp


@pytest.fixture
def three(repo: Path) -> Path:
    for n, lr in enumerate((0.1, 0.01, 0.001)):
        rows = [{"loss": 1 / (k + 1 + n), "text": "x"} for k in range(4)]
        make_run(repo, f"run-{n}", config={"lr": lr, "tag": "<script>"}, metrics=rows)
    return repo


def test_runs_as_a_frame(three: Path) -> None:
    frame = gitexp.runs(sort="loss").to_dataframe()
    assert list(frame.index) == ["run-2", "run-1", "run-0"]
    assert list(frame["config.lr"]) == [0.001, 0.01, 0.1]
    assert list(frame["metrics.loss"]) == [1 / 6, 1 / 5, 1 / 4]
    assert gitexp.runs(where="lr > 5").to_dataframe().empty


def test_runs_in_a_notebook(three: Path) -> None:
    page = gitexp.runs(sort="loss")._repr_html_()
    assert page is not None
    assert re.findall(r"run-\d", page) == ["run-2", "run-1", "run-0"]
    assert "<strong>0.1667</strong>" in page
    assert gitexp.runs(where="lr > 5")._repr_html_() is None


def test_many_runs_in_a_notebook_are_cut(repo: Path) -> None:
    for n in range(53):
        make_run(repo, f"run-{n:03}")
    page = gitexp.runs()._repr_html_()
    assert page is not None
    assert page.count("<tr>") == 51
    assert "… and 3 runs more" in page


def test_a_run_as_a_frame_and_in_a_notebook(three: Path) -> None:
    run = gitexp.load("run-1")
    assert list(run.to_dataframe()["loss"]) == [1 / 2, 1 / 3, 1 / 4, 1 / 5]
    page = run._repr_html_()
    assert "run-1</strong> ✓ finished" in page
    assert "<svg" in page
    assert "<script" not in page


def test_the_active_run_reads_itself(repo: Path) -> None:
    with gitexp.init(name="mine") as run:
        gitexp.log({"loss": 0.5})
        gitexp.log({"loss": 0.25})
        assert [row["loss"] for row in run.history()] == [0.5, 0.25]
        page = run._repr_html_()
        assert page is not None
        assert "mine</strong>" in page
        assert "running" in page
    assert list(run.to_dataframe()["loss"]) == [0.5, 0.25]
    ended = run._repr_html_()
    assert ended is not None
    assert "✓ finished" in ended
