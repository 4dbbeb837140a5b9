"""Questions about all runs from Python, as a notebook asks them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import save_file
from support.git import git
from support.runs import make_run

import gitexp


@pytest.fixture
def lab(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(repo)
    return repo


def test_tried(lab: Path) -> None:
    make_run(lab, "dove", config={"lr": 0.1, "model": {"depth": 4}}, metrics=[{"loss": 0.5}])
    for asked in ({"lr": 0.1, "model": {"depth": 4}}, {"model.depth": 4}, {}, None):
        earlier = gitexp.tried(asked).done
        assert earlier is not None
        assert earlier.metrics["loss"].last == 0.5
    answer = gitexp.tried({"lr": 0.2}, path=lab)
    assert answer.done is None
    assert [near.run.name for near in answer.near] == ["dove"]
    assert gitexp.tried(command=("python", "train.py")).done is not None
    assert gitexp.tried(command=("python", "other.py")).done is None


def test_whence(lab: Path, tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    save_file({"w": np.arange(6.0)}, file)
    make_run(lab, "dove", checkpoints={"last": {"data": file.read_bytes()}})
    (origin,) = gitexp.whence(file).origins
    assert (origin.run, origin.label, origin.tensors) == ("dove", "last", ("w",))
    with pytest.raises(gitexp.GitexpError, match="cannot read"):
        gitexp.whence(tmp_path / "none.safetensors")


def test_energy(lab: Path) -> None:
    make_run(lab, "a")
    make_run(lab, "b", status="failed")
    ledger = gitexp.energy(by="status")
    assert {row.label: row.runs for row in ledger.rows} == {"finished": 1, "failed": 1}
    assert ledger.unfinished.runs == 1
    assert gitexp.energy(where="status == 'finished'").total.runs == 1


def test_replicates(lab: Path) -> None:
    for name, width, losses in (("a", 1, (0.5, 0.52, 0.48)), ("b", 2, (0.4, 0.41, 0.39))):
        for seed, loss in enumerate(losses):
            config = {"width": width, "seed": seed}
            make_run(lab, f"{name}{seed}", config=config, metrics=[{"loss": loss}])
    found = gitexp.replicates("a0", "b0")
    assert found is not None
    (comparison,) = found.comparisons
    assert comparison.difference == pytest.approx(-0.1)
    assert comparison.p is not None
    assert comparison.p < 0.05
    assert gitexp.replicates("a0", "a1") is None


def test_checkout(lab: Path, tmp_path: Path) -> None:
    make_run(lab, "dove", code={"train.py": b"print('dove')\n"})
    folder = gitexp.checkout("dove", tmp_path / "there")
    assert (folder / "train.py").read_text() == "print('dove')\n"
    with pytest.raises(gitexp.GitexpError, match="not empty"):
        gitexp.checkout("dove", tmp_path / "there")


def test_push_and_fetch(lab: Path, tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", "hub.git")
    git(lab, "remote", "add", "origin", str(tmp_path / "hub.git"))
    make_run(lab, "dove")
    assert [(run.name, run.what) for run in gitexp.push().runs] == [("dove", "new")]
    git(tmp_path, "clone", "-q", str(tmp_path / "hub.git"), "other")
    done = gitexp.fetch(["dove"], path=tmp_path / "other")
    assert not done.failed
    assert gitexp.load("dove", path=tmp_path / "other").name == "dove"
