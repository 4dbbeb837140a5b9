"""The checkpoint that is meant, and the object that was saved in it."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from support.git import git
from support.runs import make_run
from support.states import assert_same

import gitexp
from gitexp.errors import CheckpointNotFound, GitexpError, RunNotFound, TensorNotFound
from gitexp.journal.spool import spool_state
from gitexp.query.checkpoints import (
    find_checkpoint,
    list_checkpoints,
    load_checkpoint,
    open_checkpoint,
    resolve_checkpoint,
)
from gitexp.query.runs import Runs
from gitexp.query.selectors import resolve
from gitexp.store.checkpoints import write_checkpoint
from gitexp.store.repository import Repository


def tree_of(tmp_path: Path, name: str, state: Any) -> str:
    spool_state(tmp_path / "spools" / name, state)
    return write_checkpoint(Repository.open(), tmp_path / "spools" / name)


@pytest.fixture
def dove(repo: Path, tmp_path: Path) -> str:
    """A run with four checkpoints; the second is the best, the third diverged."""
    losses = [0.5, 0.2, math.nan, 0.2, 0.9]
    make_run(
        repo,
        "dove",
        metrics=[{"val_loss": loss} for loss in losses],
        checkpoints={
            f"epoch-{n}": {
                "step": 10 * n,
                "metrics": {"lr": 0.1, "val_loss": loss, "val_acc": 1 - loss},
                "tree": tree_of(tmp_path, f"dove-{n}", {"n": n, "w": torch.full((3,), float(n))}),
            }
            for n, loss in enumerate(losses)
        },
    )
    return "dove"


def label_of(label: str | int) -> str:
    with Runs(Repository.open()) as runs:
        return find_checkpoint(runs, resolve(runs, "dove"), label).entry.label


@pytest.mark.usefixtures("dove")
@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("last", "epoch-4"),
        ("epoch-2", "epoch-2"),
        (30, "epoch-3"),
        ("30", "epoch-3"),
        ("best", "epoch-3"),  # of equals the later one
        ("best:val_loss", "epoch-3"),
        ("best:val_acc", "epoch-3"),
    ],
)
def test_labels(label: str | int, expected: str) -> None:
    assert label_of(label) == expected


@pytest.mark.usefixtures("dove")
def test_unknown_labels_say_what_there_is() -> None:
    with pytest.raises(CheckpointNotFound) as error:
        label_of("epoch-7")
    assert error.value.hint == "it has: epoch-0, epoch-1, epoch-2, epoch-3, epoch-4"
    with pytest.raises(GitexpError, match="the metric 'f1'"):
        label_of("best:f1")
    with pytest.raises(CheckpointNotFound):
        label_of(7)


def test_best_needs_a_metric_with_a_direction(repo: Path, tmp_path: Path) -> None:
    tree = tree_of(tmp_path, "x", {"n": 1})
    make_run(repo, "dove", checkpoints={"a": {"step": 1, "metrics": {"x": 1.0}, "tree": tree}})
    with pytest.raises(GitexpError, match="of which it is known what is better") as error:
        label_of("best")
    assert "metrics=" in (error.value.hint or "")


def test_a_label_wins_over_its_meaning(repo: Path, tmp_path: Path) -> None:
    checkpoints = {
        label: {"step": step, "tree": tree_of(tmp_path, label, {"label": label})}
        for label, step in (("best", 1), ("last", 2), ("7", 3), ("other", 7))
    }
    make_run(repo, "dove", checkpoints=checkpoints)
    assert [label_of(label) for label in ("best", "last", "7", 7)] == ["best", "last", "7", "7"]


def test_run_without_checkpoints(repo: Path) -> None:
    make_run(repo, "dove")
    with pytest.raises(CheckpointNotFound) as error:
        label_of("last")
    assert error.value.hint == "it has none"


# What the command line takes -------------------------------------------------------------------


@pytest.mark.usefixtures("dove")
@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("dove", "dove:epoch-4"),
        ("do:epoch-1", "dove:epoch-1"),
        ("latest:best", "dove:epoch-3"),
        ("best:val_loss", "dove:epoch-4"),
        ("best:val_loss:20", "dove:epoch-2"),
        ("best:val_loss:best:val_acc", "dove:epoch-3"),
        ("dove:", "dove:epoch-4"),
    ],
)
def test_run_and_label_in_one(text: str, title: str) -> None:
    with Runs(Repository.open()) as runs:
        assert resolve_checkpoint(runs, text).title == title


@pytest.mark.usefixtures("dove")
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("dawn", "'dawn'"),
        ("dawn:last", "'dawn'"),
        ("best:val_los", "val_los"),
        (":last", "':last'"),
    ],
)
def test_run_that_is_not_there(text: str, message: str) -> None:
    with Runs(Repository.open()) as runs, pytest.raises(RunNotFound, match=message):
        resolve_checkpoint(runs, text)


# Loading ---------------------------------------------------------------------------------------


@pytest.mark.usefixtures("dove")
def test_load() -> None:
    assert_same(load_checkpoint("dove", 20), {"n": 2, "w": torch.full((3,), 2.0)})
    assert load_checkpoint("latest")["n"] == 4
    assert load_checkpoint(SimpleNamespace(name="dove"), "best")["n"] == 3
    assert load_checkpoint(gitexp.load("dove"))["n"] == 4
    assert list(load_checkpoint("dove", names=["w"])) == ["w"]
    assert load_checkpoint("dove", device="meta")["w"].device.type == "meta"
    with pytest.raises(TensorNotFound):
        load_checkpoint("dove", names=["v*"])


@pytest.mark.usefixtures("dove")
def test_load_from_elsewhere(repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for where in (repo, str(repo), Repository.open(repo)):
        assert load_checkpoint("dove", repo=where)["n"] == 4


@pytest.mark.usefixtures("dove")
def test_list() -> None:
    with Runs(Repository.open()) as runs:
        found = list_checkpoints(runs, resolve(runs, "dove"))
    assert [checkpoint.entry.step for checkpoint in found] == [0, 10, 20, 30, 40]
    assert len({checkpoint.tree for checkpoint in found}) == 5
    assert all(checkpoint.spool is None for checkpoint in found)


def test_checkpoint_that_is_not_in_git(repo: Path) -> None:
    from gitexp.schema.run import CheckpointEntry

    make_run(repo, "dove", status="running", checkpoints={})
    make_run(repo, "owl", checkpoints={}, status="finished")
    entry = CheckpointEntry("gone", 1, 10, 1)
    with Runs(Repository.open()) as runs:
        found = resolve(runs, "owl")
        found.__dict__["run"] = found.run.but(checkpoints=(entry,))
        checkpoint = find_checkpoint(runs, found)
        assert checkpoint.tree is None
        with pytest.raises(GitexpError, match="not in git"):
            open_checkpoint(runs.repo, checkpoint)


# Running runs ----------------------------------------------------------------------------------


def test_checkpoint_of_a_running_run_is_there_at_once(repo: Path) -> None:
    with gitexp.init(name="dove") as run:
        for n in range(3):
            run.save_checkpoint({"n": n, "w": torch.full((4,), float(n))}, step=n)
            assert load_checkpoint(run)["n"] == n
        run.save_checkpoint({"n": 7}, label="step-1")  # saved again
        assert load_checkpoint("dove", "step-1") == {"n": 7}
        assert load_checkpoint("dove") == {"n": 7}
        assert torch.equal(load_checkpoint("dove", 2, names=["w"])["w"], torch.full((4,), 2.0))
    assert load_checkpoint("dove", 2)["n"] == 2
    assert load_checkpoint("dove") == {"n": 7}


def test_run_that_ends_while_its_checkpoint_is_looked_up(
    repo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from gitexp.journal import spool

    run = gitexp.init(name="dove")
    run.save_checkpoint({"n": 1})
    real = spool.read_spool

    def end_first(*args: Any) -> Any:
        run.finish()
        return real(*args)

    monkeypatch.setattr(spool, "read_spool", end_first)
    assert load_checkpoint("dove") == {"n": 1}


TRAINING = """
import sys, torch, gitexp

def make():
    torch.manual_seed(0)
    model = torch.nn.Sequential(
        torch.nn.Linear(8, 16), torch.nn.BatchNorm1d(16), torch.nn.ReLU(), torch.nn.Dropout(0.2),
        torch.nn.Linear(16, 1),
    )
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01, amsgrad=True)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 10)
    return model, optimizer, scheduler

def train(parts, epochs):
    model, optimizer, scheduler = parts
    for _ in range(epochs):
        x = torch.randn(32, 8)
        loss = (model(x) - x.sum(1, keepdim=True)).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()

parts = make()
model, optimizer, scheduler = parts
if sys.argv[1] == "whole":
    train(parts, 8)
elif sys.argv[1] == "first half":
    with gitexp.init(name="half") as run:
        train(parts, 5)
        run.save_checkpoint({"model": model, "optimizer": optimizer, "scheduler": scheduler,
                             "rng": torch.get_rng_state(), "epoch": 5})
else:
    torch.rand(7)
    state = gitexp.load_checkpoint("half")
    model.load_state_dict(state["model"])
    optimizer.load_state_dict(state["optimizer"])
    scheduler.load_state_dict(state["scheduler"])
    torch.set_rng_state(state["rng"])
    train(parts, 8 - state["epoch"])
digest = [p.detach().double().sum().item().hex() for p in model.state_dict().values()]
print(digest, scheduler.get_last_lr())
"""


def test_training_goes_on_bit_for_bit_in_another_process(repo: Path) -> None:
    def train(how: str) -> str:
        done = subprocess.run(
            [sys.executable, "-c", TRAINING, how], capture_output=True, text=True, check=True
        )
        return done.stdout

    whole, half = train("whole"), train("first half")
    assert whole != half
    assert train("second half") == whole
    assert git(repo, "status", "--porcelain") == ""
