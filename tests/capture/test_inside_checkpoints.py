"""Checkpoints that a script saves by itself are captured, and never cost it more than agreed."""

from __future__ import annotations

import json
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, runs_of

torch = pytest.importorskip("torch")

SAVES = """
import sys, torch
model = torch.nn.Linear(2, 3)
for epoch in range(3):
    with torch.no_grad():
        model.weight.fill_(epoch)
    torch.save({"epoch": epoch, "model": model.state_dict()}, "out.pt")
    with torch.no_grad():
        model.weight.fill_(-1)
"""


def record(repo: Path, source: str, **options: Any) -> dict[str, Any]:
    (repo / "script.py").write_text(source)
    gitexp("record", "-q", "-n", "x", "--", sys.executable, "script.py", cwd=repo, **options)
    (run,) = runs_of(repo)
    return run


def test_each_save_to_one_path_is_a_checkpoint_as_it_was_then(repo: Path) -> None:
    import gitexp as package

    run = record(repo, SAVES)
    assert [entry["label"] for entry in run["checkpoints"]] == ["out", "out-2", "out-3"]
    assert [entry["step"] for entry in run["checkpoints"]] == [0, 1, 2]
    assert run["capture"]["checkpoints"]["out-3"] == "torch"
    for epoch, label in enumerate(("out", "out-2", "out-3")):
        state = package.load_checkpoint("x", label=label)
        assert state["epoch"] == epoch
        assert torch.equal(state["model"]["weight"], torch.full((3, 2), float(epoch)))
    assert torch.load(repo / "out.pt")["epoch"] == 2


def test_a_large_state_is_what_it_was_when_it_was_saved(repo: Path) -> None:
    import gitexp as package

    source = (
        "import torch\nmodel = torch.nn.Linear(1000, 1000)\n"
        "with torch.no_grad(): model.weight.fill_(7)\n"
        "torch.save(model.state_dict(), 'big.pt')\n"
        "with torch.no_grad(): model.weight.fill_(8)\n"
    )
    record(repo, source)
    state = package.load_checkpoint("x", label="big")
    assert torch.equal(state["weight"], torch.full((1000, 1000), 7.0))


def test_a_script_that_saves_all_the_time_is_not_slowed_down(repo: Path) -> None:
    (repo / "gitexp.toml").write_text("checkpoints.share = 0.0\n")
    run = record(repo, SAVES.replace("range(3)", "range(30)"))
    assert len(run["checkpoints"]) == 8
    assert any("faster than it may cost" in warning for warning in run["warnings"])


def test_a_budget_is_kept(repo: Path) -> None:
    (repo / "gitexp.toml").write_text("checkpoints.budget = 40\n")
    run = record(repo, SAVES)
    assert len(run["checkpoints"]) == 2  # what is over the budget is known when it was reached
    assert any("more than 40 bytes" in warning for warning in run["warnings"])


def test_an_estimator_comes_back_as_it_was_dumped(repo: Path) -> None:
    import numpy as np

    from gitexp.sklearn import load_model

    source = (
        "import pickle\nfrom sklearn.linear_model import LogisticRegression\n"
        "model = LogisticRegression(C=0.5).fit([[0.0], [1.0], [2.0], [3.0]], [0, 0, 1, 1])\n"
        "with open('m.pkl', 'wb') as file: pickle.dump(model, file)\n"
        "model.fit([[0.0], [-1.0]], [0, 1])\n"
    )
    run = record(repo, source)
    assert run["warnings"] == []
    assert run["capture"]["checkpoints"] == {"m": "estimators"}
    model = load_model("x", "m")
    assert model.get_params()["C"] == 0.5
    assert np.array_equal(model.predict([[0.0], [3.0]]), [0, 1])


def test_a_whole_module_is_its_tensors_and_the_name_of_its_class(repo: Path) -> None:
    source = (
        "import torch\nclass Net(torch.nn.Linear): pass\n"
        "torch.save(Net(2, 1), 'net.pt'); torch.save(Net(2, 1).state_dict(), 'state.pt')\n"
    )
    run = record(repo, source)
    assert [entry["tensors"] for entry in run["checkpoints"]] == [2, 2]
    assert run["capture"]["classes"] == {"net": "__main__.Net"}


def test_two_files_of_one_name_are_two_checkpoints(repo: Path, tmp_path: Path) -> None:
    places = [str(tmp_path / name / "model.pt") for name in ("checkpoint-4", "checkpoint-8")]
    source = (
        "import os, torch\n"
        f"for place in {places!r}:\n"
        "    os.makedirs(os.path.dirname(place))\n"
        "    torch.save({'w': torch.ones(2)}, place)\n"
        "torch.save({'w': torch.ones(2)}, 'm.pt'); torch.save({'w': torch.ones(2)}, 'm.bin')\n"
    )
    run = record(repo, source)
    found = [(entry["label"], entry["step"]) for entry in run["checkpoints"]]
    assert found[:2] == [("checkpoint-4-model", 4), ("checkpoint-8-model", 8)]
    assert len({label for label, _ in found}) == 4


def test_the_first_model_that_is_trained_is_watched(repo: Path) -> None:
    source = (
        "import torch\n"
        "net = torch.nn.Linear(2, 1)\n"
        "optimizer = torch.optim.SGD(net.parameters(), 0.1)\n"
        "for step in range(201):\n"
        "    optimizer.zero_grad(); net(torch.ones(4, 2)).sum().backward(); optimizer.step()\n"
        "print(net.weight[0, 0].item() < 0)\n"
    )
    (repo / "script.py").write_text(source)
    done = gitexp(
        "record", "-q", "-n", "x", "--watch", "--", sys.executable, "script.py", cwd=repo
    )
    assert done.stdout == b"True\n"
    assert done.stderr == b""
    lines = gitexp("show", "x", "histograms.jsonl", cwd=repo).stdout.splitlines()
    rows = [json.loads(line) for line in lines]
    assert {row["kind"] for row in rows} == {"gradient"}
    assert sorted({row["_step"] for row in rows}) == [0, 100, 200]
    model = json.loads(gitexp("show", "x", "model.json", cwd=repo).stdout)
    assert model["inputs"] == [[4, 2]]


def test_what_has_no_plain_form_is_named(repo: Path) -> None:
    source = (
        "import torch\nclass Odd: pass\ntorch.save({'w': torch.ones(2), 'odd': Odd()}, 'a.pt')"
    )
    run = record(repo, source)
    assert run["checkpoints"][0]["tensors"] == 1
    assert run["warnings"] == ["left out of checkpoint a: odd (Odd)"]


def test_the_model_that_is_trained_is_described(repo: Path) -> None:
    source = (
        "import torch\n"
        "def main():\n"
        "    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Linear(3, 1))\n"
        "    torch.optim.Adam(net.parameters())\n"
        "main()\n"
    )
    record(repo, source)
    model = json.loads(gitexp("show", "x", "model.json", cwd=repo).stdout)
    assert "Sequential" in json.dumps(model)


def test_what_is_a_state_and_what_is_data() -> None:
    from gitexp.capture.inside.torch_save import is_state

    tensor = torch.ones(2)
    assert is_state({"w": tensor})
    assert is_state({"epoch": 1, "model": {"deep": {"w": tensor}}})
    assert is_state(torch.nn.Linear(1, 1))
    assert is_state(OrderedDict())
    assert not is_state(tensor)
    assert not is_state([tensor, tensor])
    assert not is_state({})
    assert not is_state({"loss": 0.5})
    assert not is_state(torch.nn.Linear)
