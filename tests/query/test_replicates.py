"""Numbers over seeds: what a replicate group is, and what can be said of two."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

import pytest
from scipy import stats
from support.cli import gitexp
from support.runs import make_run

from gitexp.query.replicates import compare_groups, compare_replicates
from gitexp.query.runs import Runs
from gitexp.query.significance import compare_means, holm
from gitexp.render.report import report_html
from gitexp.render.report_seeds import seed_section
from gitexp.render.statistics import conclusions, mean_words, replicates_block
from gitexp.schema.replicates import Comparison, ReplicateDiff, Sample, is_seed, replicate_groups
from gitexp.schema.view import RunView
from gitexp.store.repository import Repository

A = (0.50, 0.52, 0.49, 0.51, 0.48)
B = (0.40, 0.43, 0.41, 0.39, 0.42)


def runs_of(repo: Path, name: str, losses: tuple[float, ...], **more: Any) -> None:
    config = more.pop("config", {})
    for seed, loss in enumerate(losses, 1):
        make_run(
            repo,
            f"{name}-{seed}",
            config={**config, "width": len(name), "seed": seed},
            metrics=[{"loss": 1.0}, {"loss": loss, **more.get("also", {})}],
            command=("python", "train.py", "--seed", str(seed)),
            created_at=f"2024-01-{seed:02}T00:00:00.000Z",
        )


def compare(repo: Path, a: str, b: str) -> ReplicateDiff | None:
    with Runs(Repository.open(repo)) as runs:
        first, second = runs.get(a), runs.get(b)
        assert first is not None
        assert second is not None
        return compare_replicates(runs, first, second)


def facts(id: str, *command: str, **more: Any) -> dict[str, Any]:
    return {
        "id": id, "status": "finished", "git": {"code_tree": "t"}, "command": list(command),
        "cwd": "", "config": {}, **more,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "expected"),
    [("seed", True), ("data.seed", True), ("torch_seed", True), ("random_state", True),
     ("SEED", True), ("rng", True), ("seed2", True), ("seedling", False), ("proceed", False),
     ("lr", False), ("random", False)],
)  # fmt: skip
def test_what_is_a_seed(key: str, expected: bool) -> None:
    assert is_seed(key) is expected


def test_groups() -> None:
    def sizes(*runs: dict[str, Any]) -> list[int]:
        return [len(group) for group in replicate_groups(runs)]

    one = facts("1", "t.py", "--seed", "1", "--lr", "2", config={"seed": 1, "lr": 2})
    two = facts("2", "t.py", "--seed=2", "--lr", "2", config={"seed": 2, "lr": 2})
    assert sizes(one, two) == [2]
    # The same seed is the same evidence.
    assert sizes(one, two, {**two, "id": "3"}) == [2]
    assert sizes(one, {**two, "config": {"seed": 2, "lr": 3}}) == [1, 1]
    assert sizes(one, {**two, "command": ["t.py", "--lr", "3"]}) == [1, 1]
    assert sizes(one, {**two, "git": {"code_tree": "u"}}) == [1, 1]
    assert sizes(one, {**two, "status": "failed"}) == [1]
    assert sizes(one, {**two, "lineage": {"reproduced_from": "x"}}) == [1]
    assert sizes(facts("1", "t.py"), facts("2", "t.py")) == [2]


def test_a_difference_beyond_noise_agrees_with_scipy(repo: Path) -> None:
    runs_of(repo, "a", A)
    runs_of(repo, "bb", B)
    diff = compare(repo, "a-1", "bb-3")
    assert diff is not None
    assert [len(group) for group in diff.runs] == [5, 5]
    (loss,) = diff.comparisons
    expected = stats.ttest_ind(B, A, equal_var=False)
    assert loss.p == pytest.approx(expected.pvalue)
    assert loss.p_adjusted == loss.p
    assert loss.difference == pytest.approx(-0.09)
    low, high = loss.interval or (0.0, 0.0)
    assert low < -0.09 < high < 0
    # The t interval of one mean, as a textbook has it.
    assert loss.margins[0] == pytest.approx(2.776445 * stats.sem(A), rel=1e-5)
    assert conclusions(diff) == ["loss: bb-3 is lower, better, by more than noise"]
    assert compare(repo, "a-1", "bb-3") == diff


def test_noise_is_called_noise(repo: Path) -> None:
    runs_of(repo, "a", A)
    runs_of(repo, "bb", tuple(value + 0.005 for value in A))
    diff = compare(repo, "a-1", "bb-1")
    assert diff is not None
    assert conclusions(diff) == ["loss: no more than noise, as far as these runs can tell"]


def test_of_differences_by_chance_few_are_called_more_than_noise(repo: Path) -> None:
    """The test keeps its 5 %: two groups from one distribution, many times."""
    dice = random.Random(1)

    def sample() -> Sample:
        return Sample(tuple(dice.gauss(0, 1) for _ in range(6)))

    tests = 300
    found = [
        holm([compare_means(Comparison("x", None, (sample(), sample())))])[0] for _ in range(tests)
    ]
    wrong = sum((c.p_adjusted or 1) < 0.05 for c in found)
    assert wrong / tests < 0.09


def test_what_cannot_be_tested(repo: Path) -> None:
    runs_of(repo, "a", A)
    runs_of(repo, "bb", (0.1,))
    diff = compare(repo, "a-1", "bb-1")
    assert diff is not None
    assert conclusions(diff) == [
        "loss: bb-1 has a single run, so nothing can be said; run it with other seeds"
    ]
    runs_of(repo, "ccc", (0.5, 0.5))
    runs_of(repo, "dddd", (0.4, 0.4))
    diff = compare(repo, "ccc-1", "dddd-1")
    assert diff is not None
    assert diff.comparisons[0].p is None
    assert conclusions(diff) == ["loss: different, and without any spread over seeds"]
    # Two of one group differ in nothing but their seed; two without replicates are a plain diff.
    assert compare(repo, "a-1", "a-2") is None
    runs_of(repo, "eeeee", (0.1,))
    assert compare(repo, "bb-1", "eeeee-1") is None


def test_a_seed_that_diverged_does_not_vanish(repo: Path) -> None:
    runs_of(repo, "a", (*A, math.nan))
    runs_of(repo, "bb", B)
    diff = compare(repo, "a-1", "bb-1")
    assert diff is not None
    sample = diff.comparisons[0].samples[0]
    assert (sample.n, sample.left_out) == (5, 1)
    assert "(1 not finite)" in replicates_block(diff, colour=False)


def test_many_comparisons_come_with_a_warning(repo: Path) -> None:
    pairs = [Comparison(f"m{i}", None, (Sample(A), Sample((*A[:4], 0.55)))) for i in range(4)]
    real = Comparison("real", None, (Sample(A), Sample(B)))
    done = holm([compare_means(c) for c in (*pairs, real)])
    diff = ReplicateDiff(("a", "b"), (("a",) * 5, ("b",) * 5), tuple(done), True)
    assert done[-1].p is not None
    assert done[-1].p_adjusted == pytest.approx(5 * done[-1].p)
    words = conclusions(diff)
    assert words[4] == "real: b is lower, by more than noise"
    assert words[5].startswith("warning: 5 comparisons at once")
    assert "22.6%" in words[5]


def test_without_scipy(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitexp.query.significance.has_scipy", lambda: False)
    runs_of(repo, "a", A)
    runs_of(repo, "bb", B)
    diff = compare(repo, "a-1", "bb-1")
    assert diff is not None
    assert conclusions(diff)[0] == "loss: not tested"
    assert "gitexp[stats]" in conclusions(diff)[1]
    assert "0.500 ± 0.016" in replicates_block(diff, colour=False).replace("0.5 ±", "0.500 ±")


def test_digits() -> None:
    assert mean_words(Sample((0.51234, 0.5)), 0.031) == "0.506 ± 0.031"
    assert mean_words(Sample((12345.0,)), None) == "12345"
    assert mean_words(Sample((), 2), None).endswith("(2 not finite)")


def test_the_commands(repo: Path) -> None:
    runs_of(repo, "a", A)
    runs_of(repo, "bb", B)
    make_run(repo, "failed", status="failed")
    lines = gitexp("ls", "--replicates", cwd=repo).stdout.decode().splitlines()
    assert lines[0].split() == ["newest", "n", "age", "width", "loss", "↓"]
    assert [line.split()[:2] for line in lines[1:]] == [["a-5", "5"], ["bb-5", "5"]]
    assert "0.5 ± 0.016" in lines[1]
    data = json.loads(gitexp("ls", "--replicates", "--json", "bb-*", cwd=repo).stdout)
    assert len(data) == 1
    assert data[0]["config"] == {"width": 2}
    assert data[0]["metrics"]["loss"]["n"] == 5
    page = gitexp("diff", "a-1", "bb-1", cwd=repo).stdout.decode()
    assert "Over seeds\n  a-1: 5 runs, bb-1: 5 runs that differ only in their seed\n" in page
    assert "loss: bb-1 is lower, better, by more than noise" in page
    found = json.loads(gitexp("diff", "a-1", "bb-1", "--json", cwd=repo).stdout)["replicates"]
    assert found["metrics"][0]["n"] == [5, 5]
    comment = gitexp("diff", "a-1", "bb-1", "--md", cwd=repo).stdout.decode()
    assert "| over seeds, mean ± 95 % interval | `a-1`, 5 runs | `bb-1`, 5 runs |" in comment
    assert "\n- loss: bb-1 is lower, better, by more than noise\n" in comment
    assert "Over seeds" not in gitexp("diff", "a-1", "a-2", cwd=repo).stdout.decode()


def test_groups_are_compared_with_the_best(repo: Path) -> None:
    for name, losses in (("a", A), ("bb", B), ("ccc", (0.40, 0.39, 0.42, 0.43, 0.38))):
        runs_of(repo, name, losses, also={"acc": 1 - losses[0]})
    make_run(repo, "alone", config={"width": 9, "seed": 1}, metrics=[{"loss": 0.1}])
    with Runs(Repository.open(repo)) as runs:
        chosen = [found.run for found in runs.all]
        diffs = compare_groups(chosen)
    assert [diff.names for diff in diffs] == [("ccc-5", "a-5"), ("ccc-5", "bb-5")]
    (far,) = (c for c in diffs[0].comparisons if c.metric == "loss")
    (near,) = (c for c in diffs[1].comparisons if c.metric == "loss")
    assert near.p is not None
    assert near.p > 0.5
    assert far.p is not None
    # Adjusted for all comparisons of the section: acc has no spread, so it is none.
    assert far.p_adjusted == pytest.approx(2 * far.p)
    view = [RunView(run) for run in chosen]
    section = seed_section(chosen, diffs)
    assert section is not None
    assert chosen[section.best or 0].name.startswith("ccc")
    words = {(chosen[test.place].name, test.metric): test.words for test in section.tests}
    assert words["a-5", "loss"] == "a-5 is higher, worse, by more than noise"
    assert words["bb-5", "loss"] == "no more than noise, as far as these runs can tell"
    page = report_html(view, title="t", generated_s=0, seeds=diffs)
    assert "a-5 is higher, worse, by more than noise" in page
    assert compare_groups(chosen[:3]) == ()
