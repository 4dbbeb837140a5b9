"""What sets runs apart: the pure part by its laws, the rest on real repositories."""

from __future__ import annotations

import math
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from support.git import git
from support.runs import make_run

from gitexp.errors import GitexpError
from gitexp.query.diff import Side, compare, diff_runs, diff_worktree, parent_of
from gitexp.query.runs import Found, Runs
from gitexp.schema.diff import WORKING_TREE, RunDiff, part_of
from gitexp.schema.metrics import MetricSummary
from gitexp.schema.run import CheckpointEntry, HardwareSummary, Lineage, Run
from gitexp.store.repository import Repository

plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
mappings = st.dictionaries(st.text(max_size=5), plain, max_size=4)
metrics = st.builds(
    MetricSummary,
    count=st.integers(1, 9),
    last=st.floats(),
    last_step=st.integers(0, 99),
    min=st.none() | st.floats(),
    min_step=st.none() | st.integers(0, 99),
    max=st.none() | st.floats(),
    max_step=st.none() | st.integers(0, 99),
    goal=st.sampled_from([None, "lower", "higher"]),
)
checkpoints = st.lists(
    st.builds(
        CheckpointEntry,
        label=st.text(max_size=4),
        step=st.none() | st.integers(0, 9),
        bytes=st.integers(0, 99),
        tensors=st.integers(0, 9),
    ),
    max_size=3,
).map(tuple)
runs_made = st.builds(
    Run,
    name=st.text(max_size=5),
    id=st.just("1"),
    created_at=st.just("2024-01-01T00:00:00Z"),
    config=mappings,
    summary=mappings,
    metrics=st.dictionaries(st.text(max_size=5), metrics, max_size=3),
    checkpoints=checkpoints,
    command=st.lists(st.text(max_size=4), max_size=2).map(tuple),
    duration_s=st.none() | st.floats(),
    hardware=st.builds(
        HardwareSummary,
        mean=st.dictionaries(st.just("cpu.utilization_pct"), st.floats()),
        energy_wh=st.none() | st.floats(),
    ),
)
sides = st.builds(
    Side,
    run=runs_made,
    environment=mappings,
    checkpoint_trees=st.dictionaries(st.text(max_size=4), st.sampled_from(["1", "2"])),
)


@settings(deadline=None, max_examples=60)
@given(sides, st.integers(2, 4))
def test_a_run_does_not_differ_from_itself(side: Side, times: int) -> None:
    diff = compare([side] * times)
    assert diff.same
    assert diff.config == diff.environment == diff.hardware == diff.summary == ()
    assert diff.command is None
    assert all(metric.better(1) is None for metric in diff.metrics)


@settings(deadline=None, max_examples=60)
@given(sides, sides)
def test_differences_read_the_same_from_both_ends(a: Side, b: Side) -> None:
    there, back = compare([a, b]), compare([b, a])
    assert there.same == back.same
    assert {row.key for row in there.config} == {row.key for row in back.config}
    for row in there.config:
        assert repr(row.values[::-1]) in {repr(other.values) for other in back.config}
    assert {m.key for m in there.metrics} == {m.key for m in back.metrics}


@settings(deadline=None, max_examples=60)
@given(sides, sides, sides)
def test_a_part_of_a_diff_holds_what_the_diff_of_the_part_does(a: Side, b: Side, c: Side) -> None:
    whole, pair = compare([a, b, c]), compare([a, c])
    part = part_of(whole, [0, 2])
    assert part.names == pair.names
    assert {repr(row) for row in pair.config} <= {repr(row) for row in part.config}
    assert {m.key for m in pair.metrics} <= {m.key for m in part.metrics}


def side(**fields: Any) -> Side:
    environment = fields.pop("environment", {})
    return Side(Run(name="r", id="1", created_at="2024-01-01T00:00:00Z", **fields), environment)


def rows(diff_rows: Any) -> dict[str, tuple[Any, ...]]:
    return {row.key: row.values for row in diff_rows}


def test_config_and_environment() -> None:
    diff = compare(
        [
            side(
                config={"lr": 0.1, "n": 1, "m": {"a": 1, "b": 2}, "flag": True, "nan": math.nan},
                environment={
                    "python": {"version": "3.10"},
                    "packages": {"torch": "2.1", "old": "1", "same": "1"},
                },
                command=("python", "train.py", "a b"),
            ),
            side(
                config={"lr": 0.01, "n": 1.0, "m": {"a": 1, "c": 2}, "flag": 1, "nan": math.nan},
                environment={
                    "python": {"version": "3.11"},
                    "packages": {"torch": "2.2", "new": "3", "same": "1"},
                },
                command=("python", "train.py"),
            ),
        ]
    )
    assert rows(diff.config) == {
        "lr": (0.1, 0.01),
        "m.b": (2, None),
        "flag": (True, 1),
        "m.c": (None, 2),
    }
    assert rows(diff.environment) == {
        "python.version": ("3.10", "3.11"),
        "package.torch": ("2.1", "2.2"),
        "package.old": ("1", None),
        "package.new": (None, "3"),
    }
    assert diff.command is not None
    assert diff.command.values == ("python train.py 'a b'", "python train.py")


def metric(last: float, low: float, high: float, goal: str | None) -> MetricSummary:
    return MetricSummary(9, last, 8, low, 3, high, 5, goal)


def test_metrics_say_which_is_better() -> None:
    diff = compare(
        [
            side(metrics={"acc": metric(0.5, 0.1, 0.6, "higher"), "loss": metric(2, 1, 3, "lower"),
                          "x": metric(0, 0, 0, None)}),
            side(metrics={"acc": metric(0.7, 0.1, 0.9, "higher"), "loss": metric(4, 2, 9, "lower"),
                          "only": metric(1, 1, 1, None), "x": metric(1, 1, 1, None)}),
        ]
    )  # fmt: skip
    by_key = {m.key: m for m in diff.metrics}
    assert list(by_key) == ["loss", "acc", "x", "only"]
    acc, loss, x = by_key["acc"], by_key["loss"], by_key["x"]
    assert acc.best == (0.6, 0.9)
    assert acc.best_step == (5, 5)
    assert acc.delta(1) == pytest.approx(0.2)
    assert acc.delta_pct(1) == pytest.approx(40)
    assert acc.better(1) is True
    assert loss.better(1) is False
    assert loss.best == (1, 2)
    assert x.better(1) is None
    assert x.delta_pct(1) is None  # of zero
    assert by_key["only"].last == (None, 1)


def looked_up(top: Path, *names: str) -> tuple[Repository, list[Found]]:
    repo = Repository.open(top)
    with Runs(repo) as runs:
        found = [runs.get(name) for name in names]
    assert None not in found
    return repo, [run for run in found if run is not None]


def test_code_and_checkpoints(repo: Path) -> None:
    same = {"last": {"data": b"1" * 10, "step": 1}}
    make_run(repo, "a", code={"train.py": b"a\nb\n", "gone": b"x\n"}, checkpoints=same)
    make_run(
        repo,
        "b",
        code={"train.py": b"a\nc\n", "new.bin": b"\0"},
        checkpoints={**same, "best": {"data": b"2"}},
    )
    make_run(repo, "c", code={"train.py": b"a\nb\n", "gone": b"x\n"}, checkpoints=same)
    store, found = looked_up(repo, "a", "b", "c")
    diff = diff_runs(store, found, patch=True)
    (ab, ac) = diff.code
    assert [(f.path, f.status, f.added, f.removed) for f in ab.files] == [
        ("gone", "D", 0, 1),
        ("new.bin", "A", None, None),
        ("train.py", "M", 1, 1),
    ]
    assert "-b\n+c\n" in (ab.patch or "")
    assert ac.files == ()
    last, best = diff.checkpoints
    assert last.trees[0] == last.trees[1] == last.trees[2] is not None
    assert best.trees[0] is None
    assert best.bytes == (None, 1, None)
    assert not diff.same
    assert diff_runs(store, [found[0], found[2]]).same


def test_the_working_tree_is_compared_without_a_trace(repo: Path) -> None:
    make_run(repo, "a")
    store, (run,) = looked_up(repo, "a")
    assert diff_worktree(store, run).same
    (repo / "train.py").write_text("print('loss', 0.4)\n")
    (repo / "untracked.py").write_text("new\n")
    (repo / "x.pyc").write_text("ignored\n")

    def state() -> list[str]:
        count = git(repo, "count-objects", "-v")
        return [count, git(repo, "status", "--porcelain"), git(repo, "for-each-ref")]

    before = state()
    diff = diff_worktree(store, run, patch=True)
    assert state() == before
    assert diff.names == ("a", WORKING_TREE)
    assert [f.path for f in diff.code[0].files] == ["train.py", "untracked.py"]
    assert "+print('loss', 0.4)" in (diff.code[0].patch or "")


def test_without_a_working_tree(repo: Path, tmp_path: Path) -> None:
    make_run(repo, "a")
    bare = tmp_path / "bare.git"
    subprocess.run(["git", "clone", "-q", "--mirror", str(repo), str(bare)], check=True)
    store, (run,) = looked_up(bare, "a")
    with pytest.raises(GitexpError):
        diff_worktree(store, run)
    assert diff_runs(store, [run, run]).same


@pytest.mark.parametrize("by", ["name", "id"])
def test_the_run_that_it_was_started_from(repo: Path, by: str) -> None:
    make_run(repo, "parent")
    store, (parent,) = looked_up(repo, "parent")
    origin = parent.name if by == "name" else parent.id
    make_run(repo, "child", lineage=Lineage(forked_from=origin))
    make_run(repo, "orphan", lineage=Lineage(resumed_from="gone"))
    with Runs(store) as runs:
        child, orphan = runs.get("child"), runs.get("orphan")
        assert child is not None
        assert orphan is not None
        found = parent_of(runs, child)
        assert found is not None
        assert found.name == "parent"
        assert parent_of(runs, orphan) is None


def test_runs_without_code_or_checkpoint_trees(repo: Path) -> None:
    make_run(repo, "a", checkpoints={"best": {"data": b"1"}})
    make_run(repo, "b")
    tip = git(repo, "rev-parse", "refs/experiments/a")
    blob = git(repo, "rev-parse", f"{tip}:run.json")
    tree = git(repo, "mktree", input=f"100644 blob {blob}\trun.json\n".encode())
    hand_made = git(repo, "commit-tree", tree, "-m", "by hand")
    git(repo, "update-ref", "refs/experiments/c", hand_made)
    store, found = looked_up(repo, "a", "b", "c")
    diff: RunDiff = diff_runs(store, found)
    assert [code.which for code in diff.code] == [1]
    assert diff.checkpoints[0].bytes == (1, None, 1)
    assert diff.checkpoints[0].trees[1:] == (None, None)
