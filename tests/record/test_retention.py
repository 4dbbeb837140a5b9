"""Checkpoints that are dropped, lost or had back, commit by commit."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp
from support.git import fsck, git
from support.training import Training, labels

from gitexp.journal import folders
from gitexp.journal.fold import JournalFold
from gitexp.query.checkpoints import load_checkpoint
from gitexp.record.commit import Committer


def test_later_commits_drop_what_is_not_kept(repo: Path) -> None:
    training = Training(repo, "last:2")
    for number, label in enumerate("abc"):
        spool = training.save(label, number)
        run = training.commit()
        assert not spool.exists()
    assert labels(run) == "b c"
    assert labels(run, "dropped_checkpoints") == "a"
    assert git(repo, "ls-tree", "refs/experiments/x~1:checkpoints", "a")
    training.save("d", 3)
    training.save("e", 4)
    training.save("f", 5)
    run = training.commit(final=True)
    assert labels(run) == "e f"
    assert labels(run, "dropped_checkpoints") == "a b c d"
    assert list((training.folder / folders.CHECKPOINTS).iterdir()) == []
    with pytest.raises(Exception, match="no checkpoint 'a' any more"):
        load_checkpoint("x", "a")
    assert load_checkpoint("x", "e")["epoch"] == 4


def test_what_is_dropped_before_it_is_stored_takes_no_space(repo: Path) -> None:
    training = Training(repo, "last:1")
    big = 3 * 1024 * 1024
    for number in range(4):
        training.save(f"s{number}", number, big)
    training.commit()
    packs = list((repo / ".git/objects/pack").glob("*.pack"))
    assert len(packs) == 1
    assert packs[0].stat().st_size < 2 * 4 * big


def test_best_by_the_runs_own_metric(repo: Path) -> None:
    training = Training(repo, "best:val_loss")
    for step, loss in enumerate([0.5, 0.2, 0.4, 0.3]):
        training.log(step, val_loss=loss)
        training.save(f"s{step}", step)
        run = training.commit()
    assert labels(run) == "s1 s3"
    training.save("told", 9, val_loss=0.1)
    assert labels(training.commit()) == "told"


def test_a_dropped_label_may_be_saved_again(repo: Path) -> None:
    training = Training(repo, "last:1")
    for number, label in enumerate("aba"):
        training.save(label, number)
        run = training.commit()
    assert labels(run) == "a"
    assert labels(run, "dropped_checkpoints") == "b"
    assert load_checkpoint("x", "a")["epoch"] == 2


def test_a_running_runs_journal_says_the_same(repo: Path) -> None:
    training = Training(repo, "last:1")
    for number, label in enumerate("abc"):
        training.save(label, number)
        stored = training.commit()
    fold = JournalFold(training.folder)
    fold.update()
    live = fold.run().to_json()
    for key in ("checkpoints", "dropped_checkpoints"):
        assert live[key] == stored[key]
    again = Committer(training.repo, training.folder)
    again.commit(final=True)
    assert labels(training.stored()) == "c"


@pytest.mark.parametrize("what", ["folder", "tensors", "half", "skeleton"])
def test_a_checkpoint_that_never_reached_the_disk_is_a_warning(repo: Path, what: str) -> None:
    training = Training(repo)
    training.save("whole", 0)
    training.commit()
    spool = training.save("lost", 1)
    if what == "folder":
        shutil.rmtree(spool)
    elif what == "tensors":
        (spool / "state.safetensors").write_bytes(b"")
    elif what == "half":
        content = (spool / "state.safetensors").read_bytes()
        (spool / "state.safetensors").write_bytes(content[:-8])
    else:
        (spool / "skeleton.json").write_bytes(b"")
    run = training.commit(final=True)
    assert labels(run) == "whole"
    assert "lost" in run["warnings"][0]
    assert labels(run, "dropped_checkpoints") == ""
    fsck(repo)


def test_a_stored_checkpoint_is_found_in_git_when_the_journal_forgot_it(repo: Path) -> None:
    training = Training(repo)
    training.save("a", 0)
    training.commit()
    (training.folder / folders.STORED).write_bytes(b"{")
    Committer(training.repo, training.folder).commit(final=True)
    assert labels(training.stored()) == "a"
    assert load_checkpoint("x", "a")["epoch"] == 0


def test_a_chain_that_was_removed_and_collected_begins_anew(repo: Path) -> None:
    training = Training(repo)
    training.log(0, loss=1.0)
    training.commit()
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "update-ref", "-d", "refs/experiments/x")
    git(repo, "gc", "--prune=now", "--quiet")
    training.log(1, loss=0.5)
    run = training.commit(final=True)
    assert run["metrics"]["loss"]["count"] == 2
    assert git(repo, "rev-parse", "refs/experiments/x~1") == base
    fsck(repo)


def test_a_removed_ref_goes_on_with_its_chain_while_that_is_there(repo: Path) -> None:
    training = Training(repo)
    before = git(repo, "rev-parse", "refs/experiments/x")
    git(repo, "update-ref", "-d", "refs/experiments/x")
    training.log(1, loss=0.5)
    training.commit()
    assert git(repo, "rev-parse", "refs/experiments/x~1") == before


def test_a_base_commit_that_is_gone_costs_no_run(repo: Path) -> None:
    training = Training(repo)
    git(repo, "update-ref", "-d", "refs/experiments/x")
    git(repo, "commit", "-q", "--amend", "-m", "Another first")
    git(repo, "reflog", "expire", "--expire=now", "--all")
    git(repo, "gc", "--prune=now", "--quiet")
    training.log(1, loss=0.5)
    training.commit(final=True)
    assert git(repo, "rev-list", "--count", "refs/experiments/x") == "1"
    fsck(repo)


def test_a_gc_between_a_checkpoint_and_its_commit_is_noticed(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = Training(repo)
    training.save("a", 0)
    advance = training.committer.store.advance
    calls: list[int] = []

    def late(*args: Any, **kwargs: Any) -> str:
        if not calls:
            git(repo, "gc", "--prune=now", "--quiet")
        calls.append(1)
        return advance(*args, **kwargs)

    monkeypatch.setattr(training.committer.store, "advance", late)
    training.commit()
    assert len(calls) == 2
    fsck(repo)
    assert load_checkpoint("x", "a")["epoch"] == 0


def test_what_save_checkpoint_saves_is_captured_once(repo: Path) -> None:
    code = (
        "import gitexp, numpy as np\n"
        "gitexp.save_checkpoint({'w': np.ones(10)}, label='own')\n"
        "from safetensors.numpy import save_file\n"
        "save_file({'w': np.ones(10)}, 'other.safetensors')\n"
    )
    gitexp("record", "-q", "-n", "x", "--", sys.executable, "-c", code)
    run = json.loads(git(repo, "show", "refs/experiments/x:run.json"))
    assert labels(run) == "own other"
