"""`import gitexp` on the reading side."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from support.git import git
from support.runs import make_run

import gitexp
from gitexp.errors import AmbiguousRun, RunNotFound


@pytest.fixture(autouse=True)
def three(repo: Path) -> None:
    for i in range(1, 4):
        make_run(
            repo,
            f"run-{i}",
            config={"lr": 0.1 / i, "model": {"depth": i}},
            metrics=[{"loss": 9.0 / i}, {"loss": 3.0 / i, "bad": math.nan}],
            created_at=f"2024-01-0{i}T00:00:00.000Z",
            tags=["t"],
            output=f"hello {i}\n",
            summary={"note": "ok", "loss": -1},
        )
    git(repo, "update-ref", "refs/experiments/bad", git(repo, "rev-parse", "HEAD"))


def test_runs() -> None:
    assert [run.name for run in gitexp.runs()] == ["run-3", "run-2", "run-1"]
    assert [run.name for run in gitexp.runs(n=1)] == ["run-3"]
    best = gitexp.runs(where="config.lr < 0.1", sort="-name", n=5)
    assert [run.name for run in best] == ["run-3", "run-2"]


def test_a_loaded_run() -> None:
    run = gitexp.load("latest")
    assert (run.name, run.status, run.tags) == ("run-3", "finished", ("t",))
    assert run.config["model"]["depth"] == 3
    assert run.metrics["loss"].min == 1.0
    assert run.summary["note"] == "ok"
    assert run.summary["loss"] == -1  # what the user set wins
    assert list(run.series("loss").values) == [3.0, 1.0]
    assert [row["loss"] for row in run.history()] == [3.0, 1.0]
    assert run.output() == "hello 3\n"
    assert run.file("code/train.py") == b"print('loss', 0.5)\n"
    assert run.oid is not None
    assert repr(run) == "<run run-3: finished>"
    with pytest.raises(FileNotFoundError):
        run.file("nothing")
    with pytest.raises(KeyError):
        run.series("nothing")


def test_history_as_a_dataframe() -> None:
    pytest.importorskip("pandas")
    frame = gitexp.load("run-2").history().to_dataframe()
    assert list(frame.index) == [0, 1]
    assert list(frame["loss"]) == [4.5, 1.5]
    empty = type(gitexp.load("run-2").history())().to_dataframe()
    assert len(empty) == 0
    assert empty.index.name == "_step"


def test_diff() -> None:
    diff = gitexp.diff("run-1", "run-2", "latest")
    assert diff.names == ("run-1", "run-2", "run-3")
    assert [row.key for row in diff.config] == ["lr", "model.depth"]
    with pytest.raises(ValueError, match="two runs"):
        gitexp.diff("run-1")


def test_another_repository(repo: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert len(gitexp.runs(path=repo)) == 3
    assert gitexp.load("run-1", path=str(repo)).name == "run-1"
    assert gitexp.diff("run-1", "run-1", path=repo).same


def test_errors() -> None:
    with pytest.raises(RunNotFound):
        gitexp.load("nothing")
    with pytest.raises(AmbiguousRun):
        gitexp.load("run")
    with pytest.raises(gitexp.GitexpError, match="malformed"):
        gitexp.load("bad")
