"""Runs from git with the running ones over them."""

from __future__ import annotations

import json
from pathlib import Path

import orjson
import pytest
from support.git import git
from support.runs import make_run

from gitexp.errors import BadExpression, MalformedRun
from gitexp.journal import folders
from gitexp.query import live
from gitexp.query.runs import Runs, load_runs
from gitexp.schema.run import HardwareSummary, Run
from gitexp.store.repository import Repository


def opened(top: Path) -> Runs:
    return Runs(Repository.open(top))


def start_journal(top: Path, name: str, rows: int, *, created: str) -> Path:
    """A journal as a running run has it."""
    folder = folders.make_journal(Repository.open(top).common_dir, name)
    run = Run(name=name, id=f"{name}-id", created_at=created, config={"lr": 0.5})
    folders.write_json(folder / folders.RUN, run.to_json())
    with (folder / folders.METRICS).open("wb") as file:
        for i in range(rows):
            row = {"_step": i, "_time": 1.7e9 + i, "loss": float(rows - i)}
            file.write(orjson.dumps(row) + b"\n")
        file.write(b'{"_step": 99999, "loss"')  # being written
    return folder


def test_running_runs_come_from_their_journals(repo: Path) -> None:
    make_run(repo, "old", created_at="2024-01-01T00:00:00.000Z")
    make_run(repo, "both", created_at="2024-01-02T00:00:00.000Z", status="running")
    folder = start_journal(repo, "both", 5, created="2024-01-02T00:00:00.000Z")
    start_journal(repo, "fresh", 3, created="2024-01-03T00:00:00.000Z")
    with opened(repo) as runs:
        assert [run.name for run in runs.newest()] == ["fresh", "both", "old"]
        assert [run.name for run in runs.newest(1)] == ["fresh"]
        assert sorted(runs.names()) == ["both", "fresh", "old"]
        assert runs.count() == 3
        fresh, both = runs.get("fresh"), runs.get("both")
        assert fresh is not None
        assert both is not None
        assert fresh.oid is None
        assert fresh.run.metrics["loss"].last == 1.0
        assert both.oid is not None
        assert both.journal == folder
        assert both.run.metrics["loss"].count == 5
        assert both.run.author == "Ada Lovelace <ada@example.org>"  # as committed
        assert json.loads(both.to_json())["metrics"]["loss"]["last"] == 1.0
        assert [r.name for r in runs.select(where="loss == 1", sort="name")] == ["both", "fresh"]


def test_a_long_journal_shows_its_newest_rows_over_what_is_committed(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "_FOLD_BYTES", 10)
    rows = [{"loss": 9.0}, {"loss": 7.0}]
    make_run(repo, "long", status="running", metrics=rows)
    start_journal(repo, "long", 50, created="2024-01-01T00:00:00.000Z")
    start_journal(repo, "uncommitted", 4, created="2024-01-01T00:00:00.000Z")
    with opened(repo) as runs:
        long, other = runs.get("long"), runs.get("uncommitted")
        assert long is not None
        assert other is not None
        loss = long.run.metrics["loss"]
        assert (loss.last, loss.last_step, loss.min, loss.min_step) == (1.0, 49, 1.0, 49)
        assert other.run.metrics["loss"].last == 1.0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"name": 3}', b'{"name": "x"}'])
def test_a_journal_that_cannot_be_read_hurts_no_other(repo: Path, content: bytes) -> None:
    make_run(repo, "good")
    folder = start_journal(repo, "bad", 2, created="2024-01-03T00:00:00.000Z")
    (folder / folders.RUN).write_bytes(content)
    with opened(repo) as runs:
        assert [run.name for run in runs.newest()] == ["good"]


def test_a_ref_that_was_copied_has_its_own_name(repo: Path) -> None:
    oid = make_run(repo, "a", config={"name": "a"})
    git(repo, "update-ref", "refs/experiments/copy", oid)
    with opened(repo) as runs:
        copy = runs.get("copy")
        assert copy is not None
        assert (copy.run.name, json.loads(copy.to_json())["name"]) == ("copy", "copy")
        assert copy.run.config == {"name": "a"}


def test_malformed_runs_fit_no_expression_and_sort_last(repo: Path) -> None:
    make_run(repo, "a", metrics=[{"loss": 2}])
    make_run(repo, "b", metrics=[{"loss": 1}])
    git(repo, "update-ref", "refs/experiments/bad", git(repo, "rev-parse", "HEAD"))
    with opened(repo) as runs:
        assert [run.name for run in runs.select(sort="loss")] == ["b", "a", "bad"]
        assert [run.name for run in runs.select(where="loss > 0")] == ["a", "b"]
        assert [run.name for run in runs.select(where="not loss > 0")] == []
        bad = runs.get("bad")
        assert bad is not None
        with pytest.raises(MalformedRun, match=r"no run\.json"):
            _ = bad.run


def test_load_runs(repo: Path) -> None:
    for i in range(3):
        make_run(repo, f"r{i}", config={"i": i}, created_at=f"2024-01-0{i + 1}T00:00:00.000Z")
    store = Repository.open(repo)
    assert [run.name for run in load_runs(store)] == ["r2", "r1", "r0"]
    assert [run.name for run in load_runs(store, "i > 0", "i", 1)] == ["r1"]
    with pytest.raises(BadExpression, match="nothing"):
        load_runs(store, "nothing > 1")


def test_a_glance_leaves_out_nothing_but_hardware(repo: Path) -> None:
    wild = {"hardware": {"of": ',"hardware":{'}, "x": 1}
    used = HardwareSummary(3, {"cpu.utilization_pct": 10.0}, {"cpu.utilization_pct": 20.0})
    one_run = Run("one", "1", "2024-01-01T00:00:00.000Z", config=wild, hardware=used)
    make_run(repo, "one", files={"run.json": json.dumps(one_run.to_json()).encode()})
    start_journal(repo, "live", 2, created="2024-01-03T00:00:00.000Z")
    with opened(repo) as runs:
        for run in runs.all:
            whole = dict(run.peek())
            assert json.loads(run.to_json()) == whole
            brief = dict(run.glance())
            assert {**brief, "hardware": whole["hardware"]} == whole
        one = runs.get("one")
        assert one is not None
        assert "hardware" not in one.glance()
        assert one.glance()["config"] == wild
        assert one.run.hardware.peak == {"cpu.utilization_pct": 20.0}


@pytest.mark.parametrize(
    "where",
    [
        "hardware.samples == 3",
        'hardware.peak["cpu.utilization_pct"] == 20',
        "x == 1 and energy_wh > 1",
    ],
)
def test_what_is_asked_of_hardware_is_read(repo: Path, where: str) -> None:
    used = HardwareSummary(3, {}, {"cpu.utilization_pct": 20.0}, energy_wh=1.5)
    one_run = Run("one", "1", "2024-01-01T00:00:00.000Z", config={"x": 1}, hardware=used)
    make_run(repo, "one", files={"run.json": json.dumps(one_run.to_json()).encode()})
    make_run(repo, "two", config={"x": 1})
    with opened(repo) as runs:
        assert [run.name for run in runs.select(where=where)] == ["one"]
        assert [run.name for run in runs.select(sort="-hardware.samples")] == ["one", "two"]
