"""Series and views of runs, whole and downsampled, cached and torn."""

from __future__ import annotations

import math
from pathlib import Path

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.runs import make_run

from gitexp.errors import UsageError
from gitexp.journal import folders
from gitexp.query.runs import Found, Runs
from gitexp.query.series import pack, read_hardware, read_rows, read_series, unpack
from gitexp.query.table import along, choose_series, series_listing
from gitexp.query.view import load_view, read_run_file
from gitexp.schema.run import GitFacts, Run
from gitexp.schema.series import Series
from gitexp.store.repository import Repository


def found(top: Path, name: str) -> tuple[Repository, Found]:
    repo = Repository.open(top)
    with Runs(repo) as runs:
        run = runs.get(name)
    assert run is not None
    return repo, run


def test_rows_of_one_step_are_one(repo: Path) -> None:
    rows = [
        {"_step": 0, "loss": 3.0, "_time": 10.0},
        {"_step": 0, "loss": 2.0, "acc": 0.5, "_time": 11.0},
        {"_step": 2, "loss": float("nan"), "note": "text", "_time": 12.0},
        {"_step": 3, "loss": float("-inf"), "on": True, "_time": 13.0},
    ]
    make_run(repo, "a", metrics=rows)
    store, run = found(repo, "a")
    read = read_rows(store, run)
    assert read[0] == {"_step": 0, "_time": 11.0, "loss": 2.0, "acc": 0.5}
    assert math.isnan(read[1]["loss"])
    assert [row["_step"] for row in read] == [0, 2, 3]
    series = read_series(store, run)
    assert list(series) == ["loss", "acc", "on"]
    assert list(series["loss"].steps) == [0, 2, 3]
    assert series["loss"].values[0] == 2.0
    assert series["loss"].values[2] == -math.inf
    assert list(series["on"].values) == [1.0]
    assert list(read_series(store, run, ["a*"])) == ["acc"]


def test_parts_are_joined_and_torn_lines_left_out(repo: Path) -> None:
    make_run(
        repo,
        "a",
        files={
            "metrics.jsonl": b'{"_step":0,"_time":1,"x":1}\n{"_step":1,"_ti\n[1]\n"x"\n\n',
            "metrics-0002.jsonl": b'{"_step":2,"_time":3,"x":3}\n{"x": 9}\n{"_step":"3","x":4}\n',
            "metrics-x.jsonl": b'{"_step":7,"_time":3,"x":7}\n',
        },
    )
    store, run = found(repo, "a")
    assert list(read_series(store, run)["x"].values) == [1.0, 3.0]


def test_hardware_steps_are_seconds(repo: Path) -> None:
    samples = [{"cpu.utilization_pct": 10.0 * i} for i in range(3)]
    make_run(repo, "a", hardware=samples, created_at="2024-01-01T00:00:00.000Z")
    store, run = found(repo, "a")
    series = read_hardware(store, run)["cpu.utilization_pct"]
    assert list(series.steps) == [0, 1, 2]
    assert list(series.values) == [0.0, 10.0, 20.0]


def test_long_curves_are_kept_downsampled(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_run(repo, "a", metrics=[{"x": math.sin(i / 50)} for i in range(5000)])
    store = Repository.open(repo)
    with Runs(store) as runs:
        run = runs.get("a")
        assert run is not None
        first = read_series(store, run, limit=100, index=runs.index)
        assert len(first["x"]) <= 100
        assert max(first["x"].values) == max(read_series(store, run)["x"].values)
    monkeypatch.setattr("gitexp.query.series.read_pieces", None)  # a second reading would fail
    with Runs(store) as runs:
        assert read_series(store, run, limit=100, index=runs.index) == first


numbers = st.floats(allow_nan=False) | st.integers(-(2**40), 2**40).map(float)
series = st.lists(st.tuples(st.integers(-(2**60), 2**60), numbers, numbers), max_size=20).map(
    lambda points: _series(points)
)


def _series(points: list[tuple[int, float, float]]) -> Series:
    made = Series()
    for point in points:
        made.append(*point)
    return made


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.text(), series, max_size=4))
def test_packed_series_come_back(curves: dict[str, Series]) -> None:
    assert unpack(pack(curves)) == curves


def test_a_running_run_is_read_from_its_journal(repo: Path) -> None:
    make_run(repo, "a", status="running", metrics=[{"x": 1}])
    folder = folders.make_journal(Repository.open(repo).common_dir, "a")
    run = Run(name="a", id="1", created_at="2024-01-01T00:00:00.000Z")
    folders.write_json(folder / folders.RUN, run.to_json())
    lines = [orjson.dumps({"_step": i, "_time": 1.0 * i, "x": i}) for i in range(4)]
    (folder / folders.METRICS).write_bytes(b"\n".join(lines) + b'\n{"_step": 4')
    (folder / folders.OUTPUT).write_text("one\ntwo\nthree")
    store, run_found = found(repo, "a")
    assert list(read_series(store, run_found)["x"].values) == [0.0, 1.0, 2.0, 3.0]
    view = load_view(store, run_found, output_lines=2)
    assert view.output == "two\nthree"
    assert view.output_lines == 3
    assert view.run.metrics["x"].count == 4
    assert view.environment == {"python": {"version": "3.11.7"}}  # from what is committed
    folders.remove_journal(folder)  # as its run is committed, right after it was looked up
    assert list(read_series(store, run_found)["x"].values) == [1.0]


def test_a_view_holds_the_files(repo: Path) -> None:
    head = Repository.open(repo).head()
    make_run(
        repo,
        "a",
        config={"lr": 0.1},
        metrics=[{"loss": 1.0}, {"loss": 0.5}],
        output="\n".join(f"line {i}" for i in range(300)) + "\n",
        code={"train.py": b"print('loss', 0.4)\n", "new.py": b"1\n"},
        files={"model.json": b'{"class": "Net"}', "diagnostics.json": b'[{"rule": "x"}, 3]'},
        checkpoints={"best": {"step": 1, "data": b"tensor"}},
        git=GitFacts(head.commit, head.branch, True),
    )
    store = Repository.open(repo)
    with Runs(store) as runs:
        run = runs.get("a")
        assert run is not None
        for index in (None, runs.index, runs.index):
            view = load_view(store, run, index=index, output_lines=3, patch_bytes=120)
            assert view.output == "line 297\nline 298\nline 299\n"
            assert view.output_lines == 300
            assert [(f.path, f.status) for f in view.code_changes] == [
                (".gitignore", "D"),
                ("new.py", "A"),
                ("train.py", "M"),
            ]
            assert view.code_patch.startswith("diff --git")
            assert view.code_patch.endswith("…\n")
            assert len(view.code_patch) <= 122
            assert view.model == {"class": "Net"}
            assert view.findings == ({"rule": "x"},)
            assert view.files["checkpoints/best/model.safetensors"] == 6
            assert not any(path.startswith("code/") for path in view.files)
        assert load_view(store, run).code_patch == ""
        assert read_run_file(store, run, "code/new.py") == b"1\n"
        assert read_run_file(store, run, "nothing") is None


def test_a_base_commit_that_is_not_here(repo: Path) -> None:
    make_run(repo, "a", code={"x": b""}, git=GitFacts("1" * 40, "main", True))
    store, run = found(repo, "a")
    assert load_view(store, run, patch_bytes=100).code_changes == ()


def test_keys_mean_metrics_else_hardware(repo: Path) -> None:
    make_run(repo, "a", metrics=[{"loss": 2.0}], hardware=[{"gpu.0.power_w": 300.0}])
    make_run(repo, "b", metrics=[{"loss": 1.0, "train/acc": 0.5}])
    store, a = found(repo, "a")
    _, b = found(repo, "b")
    assert [list(s) for s in choose_series(store, [a, b], [])] == [["loss"], ["loss", "train/acc"]]
    assert [list(s) for s in choose_series(store, [a, b], ["gpu.*", "lo*"])] == [
        ["gpu.0.power_w", "loss"],
        ["loss"],
    ]
    assert [list(s) for s in choose_series(store, [a, b], ["train/acc"])] == [[], ["train/acc"]]
    with pytest.raises(UsageError, match="a has no metric 'lss'") as caught:
        choose_series(store, [a], ["lss"])
    assert "loss" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="none of these runs has a metric"):
        choose_series(store, [a, b], ["zzz"])


def test_axes(repo: Path) -> None:
    rows = [{"_step": i, "_time": 100.0 + i, "loss": 1.0} for i in range(3)]
    rows[1]["epoch"] = 7
    make_run(repo, "a", metrics=rows)
    store, run = found(repo, "a")
    curves = read_series(store, run)
    assert along(curves, "loss", "step", 0) == [0, 1, 2]
    assert along(curves, "loss", "time", 0) == [100, 101, 102]
    assert along(curves, "loss", "relative", 99) == [1, 2, 3]
    first, *rest = along(curves, "loss", "epoch", 0)
    assert math.isnan(first)
    assert rest == [7, 7]
    with pytest.raises(UsageError, match="no metric 'zzz'"):
        along(curves, "loss", "zzz", 0)


def test_a_table_has_a_row_for_each_step(repo: Path) -> None:
    make_run(repo, "a", metrics=[{"loss": 3.0}, {"acc": 0.5}, {"loss": 1.0, "acc": 0.75}])
    store, run = found(repo, "a")
    listing = series_listing([run], choose_series(store, [run], []), 2, relative=True)
    assert [column.key for column in listing.columns] == ["step", "time", "loss", "acc"]
    assert listing.rows == ((1, 1.0, None, 0.5), (2, 2.0, 1.0, 0.75))
    assert (listing.limited, listing.total) == (True, 3)
    both = series_listing([run, run], choose_series(store, [run, run], []), None, relative=False)
    assert [row[0] for row in both.rows] == ["a"] * 6
