"""Older commits of a run lose the checkpoints that the run dropped, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.git import fsck, git
from support.training import Training, labels

from gitexp.query.checkpoints import load_checkpoint
from gitexp.record.upkeep import collect_garbage
from gitexp.schema.freed import Freed
from gitexp.store.repository import Repository

BIG = 1024 * 1024  # float32: 4 MiB


def train(repo: Path, keep: str = "last:1", name: str = "x", size: int = BIG) -> Training:
    """A run with three checkpoints, each in a commit of its own."""
    training = Training(repo, keep, name)
    for number, label in enumerate("abc"):
        training.log(number, loss=1.0 / (number + 1))
        training.save(label, number, size)
        training.commit()
    training.finish()
    return training


def gc(repo: Path, *, dry_run: bool = False) -> Freed:
    freed = collect_garbage(Repository.open(repo), now=True, dry_run=dry_run)
    fsck(repo)
    return freed


def chain(repo: Path, name: str = "x") -> list[str]:
    form = "--format=%s|%an|%ae|%ad|%cd"
    return git(repo, "log", form, "--date=raw", f"refs/experiments/{name}").splitlines()


def test_the_chain_is_rewritten_without_what_was_dropped(repo: Path) -> None:
    train(repo)
    before, tip = chain(repo), git(repo, "rev-parse", "refs/experiments/x^{tree}")
    told = gc(repo, dry_run=True)
    assert chain(repo) == before
    assert told.rewritten == ["x"]
    freed = gc(repo)
    assert freed.rewritten == ["x"]
    assert freed.bytes > 2 * 4 * BIG
    assert told.bytes == pytest.approx(freed.bytes, rel=0.01)
    assert chain(repo) == before
    assert git(repo, "rev-parse", "refs/experiments/x^{tree}") == tip
    assert load_checkpoint("x", "c")["epoch"] == 2
    listed = git(repo, "log", "--format=", "--name-only", "-m", "refs/experiments/x")
    assert "checkpoints/a" not in listed
    old = json.loads(git(repo, "show", "refs/experiments/x~2:run.json"))
    assert labels(old) == ""
    assert labels(old, "dropped_checkpoints") == "a b"
    assert git(repo, "show", "refs/experiments/x~2:metrics.jsonl")
    again = gc(repo)
    assert (again.rewritten, again.bytes) == ([], 0)


def test_where_all_is_kept_nothing_is_rewritten(repo: Path) -> None:
    training = Training(repo, "all")
    for number in range(2):
        training.save("last", number, BIG)
        training.commit()
    training.finish()
    assert gc(repo).rewritten == []
    # An older state of a label is history, until the project says that it does not count.
    (repo / "gitexp.toml").write_text('checkpoints.keep = "last:1"\n')
    freed = gc(repo)
    assert freed.rewritten == ["x"]
    assert freed.bytes > 4 * BIG
    assert load_checkpoint("x", "last")["epoch"] == 1


def test_annotations_and_labels_with_slashes_survive(repo: Path) -> None:
    training = Training(repo, "last:2")
    for number, label in enumerate(["out/a", "out/b", "c"]):
        training.save(label, number, 100)
        training.committer.commit()
    training.committer.commit(final=True)
    training.committer.close()
    from gitexp.record.annotate import set_tags

    set_tags(Repository.open(repo), "x", ["good"], [])
    before = chain(repo)
    freed = gc(repo)
    assert (freed.held, freed.rewritten) == ({}, ["x"])
    assert chain(repo) == before
    held = git(repo, "ls-tree", "-r", "-d", "--name-only", "refs/experiments/x", "checkpoints/")
    assert held.split() == ["checkpoints", "checkpoints/c", "checkpoints/out", "checkpoints/out/b"]
    first = git(repo, "ls-tree", "-r", "-d", "--name-only", "refs/experiments/x~4", "checkpoints/")
    assert first == ""


def held_back(repo: Path, word: str) -> None:
    before = git(repo, "rev-parse", "refs/experiments/x")
    freed = gc(repo)
    assert freed.rewritten == []
    assert word in freed.held["x"]
    assert freed.bytes == 0
    assert git(repo, "rev-parse", "refs/experiments/x") == before


def test_what_a_remote_has_is_not_rewritten(repo: Path) -> None:
    train(repo)
    git(repo, "update-ref", "refs/gitexp/fetched/origin/x", "refs/experiments/x~1")
    held_back(repo, "pushed")


@pytest.mark.parametrize("ref", ["refs/heads/mine", "refs/tags/v1"])
def test_what_a_branch_leads_to_is_not_rewritten(repo: Path, ref: str) -> None:
    train(repo)
    git(repo, "update-ref", ref, "refs/experiments/x~1")
    held_back(repo, "branch")


def test_what_another_run_began_at_is_not_rewritten(repo: Path) -> None:
    train(repo)
    git(repo, "checkout", "-q", "--detach", "refs/experiments/x~1")
    Training(repo, name="y").finish()
    git(repo, "checkout", "-q", "main")
    git(repo, "reflog", "expire", "--expire=now", "--all")
    held_back(repo, "another run")


@pytest.mark.parametrize(
    ("key", "value", "word"),
    [
        ("core.bare", "true", "bare"),
        ("remote.hub.mirror", "true", "hub"),
        ("remote.hub.push", "+refs/experiments/*:refs/experiments/*", "hub"),
    ],
)
def test_where_runs_may_be_known_elsewhere_they_are_not_rewritten(
    repo: Path, key: str, value: str, word: str
) -> None:
    train(repo)
    git(repo, "config", key, value)
    freed = collect_garbage(Repository.open(repo), now=True)
    assert freed.rewritten == []
    assert word in freed.held["x"]


def test_a_running_runs_chain_is_its_own(repo: Path) -> None:
    training = Training(repo, "last:1")
    for number, label in enumerate("ab"):
        training.save(label, number, BIG)
        training.commit()
    assert gc(repo).rewritten == []
    training.save("c", 2, BIG)
    training.finish()
    assert gc(repo).rewritten == ["x"]
