"""Every kind of selector, on runs in a real repository."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.git import git
from support.runs import make_run

from gitexp.errors import AmbiguousRun, RunNotFound
from gitexp.query.runs import Runs
from gitexp.query.selectors import resolve, resolve_many, split_selectors
from gitexp.store.repository import Repository

DAY = "2024-01-0{}T00:00:00.000Z"


@pytest.fixture
def runs(repo: Path) -> Iterator[Runs]:
    make_run(repo, "lr-0.1", created_at=DAY.format(1), metrics=losses(3, 1, 2), tags=["slow"])
    make_run(repo, "lr-0.01", created_at=DAY.format(2), metrics=losses(5, 4), tags=["slow", "b"])
    make_run(repo, "quick-purple-dove", created_at=DAY.format(3), metrics=losses(9, 0.5, 9))
    make_run(repo, "team/calm-otter", created_at=DAY.format(4), metrics=[{"speed_x": 1}])
    with Runs(Repository.open(repo)) as runs:
        yield runs


def losses(*values: float) -> list[dict[str, float]]:
    return [{"val_loss": value, "acc": -value} for value in values]


@pytest.mark.parametrize(
    ("selector", "name"),
    [
        ("lr-0.1", "lr-0.1"),  # exact, though a prefix of nothing else
        ("quick", "quick-purple-dove"),
        ("team/c", "team/calm-otter"),
        ("refs/experiments/lr-0.01", "lr-0.01"),
        ("latest", "team/calm-otter"),
        ("latest~", "quick-purple-dove"),
        ("latest~0", "team/calm-otter"),
        ("latest~3", "lr-0.1"),
        ("best:val_loss", "quick-purple-dove"),  # by the best value, not by the last
        ("best:val_loss~1", "lr-0.1"),
        ("best:acc", "quick-purple-dove"),
        ("@slow", "lr-0.01"),
        ("@slow~1", "lr-0.1"),
        ("*otter", "team/calm-otter"),
    ],
)
def test_one_run(runs: Runs, selector: str, name: str) -> None:
    assert resolve(runs, selector).name == name
    assert resolve(runs.repo, selector).name == name


def test_commits_of_the_chain_give_the_run_as_it_was(runs: Runs) -> None:
    tip = git(runs.repo.top, "rev-parse", "refs/experiments/lr-0.1")
    start = git(runs.repo.top, "rev-parse", f"{tip}~1")
    for oid in (tip, tip[:7]):
        found = resolve(runs, oid)
        assert (found.name, found.oid, found.run.status) == ("lr-0.1", tip, "finished")
    for oid in (start, start[:9]):
        found = resolve(runs, oid)
        assert (found.name, found.oid, found.run.status) == ("lr-0.1", start, "running")
        assert found.run.metrics == {}


def test_the_base_commit_is_no_run(runs: Runs) -> None:
    with pytest.raises(RunNotFound):
        resolve(runs, git(runs.repo.top, "rev-parse", "HEAD"))


def test_ids_outlive_names(runs: Runs) -> None:
    identity = resolve(runs, "lr-0.1").id
    tip = git(runs.repo.top, "rev-parse", "refs/experiments/lr-0.1")
    git(runs.repo.top, "update-ref", "refs/experiments/renamed", tip)
    git(runs.repo.top, "update-ref", "-d", "refs/experiments/lr-0.1")
    with Runs(runs.repo) as again:
        found = resolve(again, identity[:8])
        assert found.name == "renamed"
        assert found.run.name == "renamed"


def test_fetched_runs(runs: Runs) -> None:
    top = runs.repo.top
    theirs = make_run(top, "theirs")
    for ref in ("origin/theirs", "origin/team/deep", "backup/theirs"):
        git(top, "update-ref", f"refs/gitexp/fetched/{ref}", theirs)
    git(top, "update-ref", "-d", "refs/experiments/theirs")
    with Runs(runs.repo) as again:
        for selector in ("origin/theirs", "refs/gitexp/fetched/origin/theirs", "origin/th"):
            found = resolve(again, selector)
            assert found.oid == theirs
            assert found.run.status == "finished"
        with pytest.raises(AmbiguousRun):
            resolve(again, "origin/t")


@pytest.mark.parametrize(
    ("selector", "near", "why"),
    [
        ("quick-purple-duv", "quick-purple-dove", "no run named"),
        ("LR-0.01", "lr-0.01", "no run named"),
        ("latest~9", None, "only 4 such runs"),
        ("best:nothing", None, "no metric|no run has a metric"),
        ("best:speed_x", None, "lower or higher"),
        ("@fast", None, "no run has the tag 'fast'"),
        ("zzz*", None, "matches"),
        ("", None, "no run named"),
        ("origin/none", None, "no run named"),
        ("0123456789", None, "no run named"),
        ("--help", None, "no run named"),
        ("HEAD", None, "no run named"),
    ],
)
def test_what_is_not_found(runs: Runs, selector: str, near: str | None, why: str) -> None:
    with pytest.raises(RunNotFound, match=why) as caught:
        resolve(runs, selector)
    if near is not None:
        assert caught.value.near[0] == near
        assert near in (caught.value.hint or "")


@pytest.mark.parametrize("selector", ["lr", "lr-*"])
def test_what_is_ambiguous_lists_the_candidates(runs: Runs, selector: str) -> None:
    with pytest.raises(AmbiguousRun) as caught:
        resolve(runs, selector)
    assert set(caught.value.candidates) == {"lr-0.1", "lr-0.01"}


def test_many(runs: Runs) -> None:
    def names(*selectors: str) -> list[str]:
        return [run.name for run in resolve_many(runs, selectors)]

    assert names("lr-*") == ["lr-0.01", "lr-0.1"]
    assert names("@slow", "latest", "lr-0.1") == ["lr-0.01", "lr-0.1", "team/calm-otter"]
    assert names("@slow~1") == ["lr-0.1"]
    with pytest.raises(AmbiguousRun):
        names("lr")
    with pytest.raises(RunNotFound):
        names("lr-*", "nothing*")


def test_runs_come_before_keys(runs: Runs) -> None:
    found, keys = split_selectors(runs, ["lr-*", "latest", "val_*", "lr-0.1"])
    assert [run.name for run in found] == ["lr-0.01", "lr-0.1", "team/calm-otter"]
    assert keys == ["val_*", "lr-0.1"]
    with pytest.raises(RunNotFound):
        split_selectors(runs, ["val_loss"])


def test_no_runs_at_all(repo: Path) -> None:
    with Runs(Repository.open(repo)) as runs:
        for selector in ("latest", "@tag", "best:loss", "x", "*"):
            with pytest.raises(RunNotFound):
                resolve(runs, selector)
