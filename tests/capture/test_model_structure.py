"""model.json: a plain tree at once, shapes and multiplications from the first forward pass."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest
import torch
from support.watched import histogram_lines, journal_run
from torch import nn

from gitexp.capture.watch import unwatch, watch
from gitexp.record.active import ActiveRun


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def run(folder: Path) -> Iterator[ActiveRun]:
    with journal_run(folder) as active:
        yield active


def model_json(folder: Path) -> dict[str, Any]:
    found = orjson.loads((folder / "model.json").read_bytes())
    assert isinstance(found, dict)
    return found


class Net(nn.Module):
    """Two inputs, a dict of outputs, a layer that is used twice and a tied weight."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, groups=1)
        self.mix = nn.Linear(8, 8)
        self.out = nn.Linear(8, 8, bias=False)
        self.out.weight = self.mix.weight
        self.unused = nn.Linear(2, 2)

    def forward(self, x: torch.Tensor, *, shift: torch.Tensor) -> dict[str, torch.Tensor]:
        seen = self.conv(x).mean((2, 3)) + shift
        return {"logits": self.out(self.mix(self.mix(seen))), "seen": seen}


def test_shapes_and_multiplications_of_the_first_pass(run: ActiveRun, folder: Path) -> None:
    model = Net()
    model.conv.requires_grad_(False)
    watch(model, log=None)
    plain = model_json(folder)
    assert plain["class"] == "Net"
    assert "outputs" not in plain
    for batch in (4, 9):  # the second pass is not looked at
        model(torch.randn(batch, 3, 6, 6), shift=torch.zeros(8))
    tree = model_json(folder)
    conv, mix, out, unused = tree["children"]
    assert (tree["parameters"], tree["trainable"]) == (224 + 72 + 6, 72 + 6)
    assert tree["batch"] == 4
    assert tree["inputs"] == [[4, 3, 6, 6], [8]]
    assert tree["outputs"] == [[4, 8], [4, 8]]
    assert conv["own"]["weight"] == {"shape": [8, 3, 3, 3], "dtype": "float32"}
    assert conv["macs"] == 4 * 8 * 4 * 4 * 27
    assert (mix["calls"], mix["macs"]) == (2, 2 * 4 * 64)
    assert out["own"]["weight"]["shared_with"] == "mix.weight"
    assert (out["parameters"], out["macs"]) == (0, 4 * 64)
    assert tree["macs"] == conv["macs"] + mix["macs"] + out["macs"]
    assert "outputs" not in unused
    assert not any(module._forward_hooks for module in model.modules())


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("compile_first", [True, False])
def test_a_compiled_model_stays_one_graph(
    run: ActiveRun, folder: Path, compile_first: bool
) -> None:
    torch._dynamo.reset()
    model = nn.Sequential(nn.Linear(3, 2), nn.ReLU())
    if compile_first:
        compiled = torch.compile(model, backend="eager", fullgraph=True)
        watch(compiled)
    else:
        watch(model)
        compiled = torch.compile(model, backend="eager", fullgraph=True)
    assert compiled(torch.randn(4, 3)).shape == (4, 2)
    assert model_json(folder)["children"][0]["class"] == "Linear"


def test_a_scripted_model_has_a_plain_tree(
    run: ActiveRun, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.warns(DeprecationWarning, match="torch.jit"):
        model = torch.jit.script(nn.Sequential(nn.Linear(3, 2), nn.ReLU()))
    watch(model, log=None)
    model(torch.randn(4, 3))
    assert model_json(folder)["parameters"] == 8
    assert capsys.readouterr().err == ""


def test_a_forward_that_fails_is_the_user_s_error_and_the_next_is_looked_at(
    run: ActiveRun, folder: Path
) -> None:
    model = nn.Sequential(nn.Linear(3, 2), nn.Linear(2, 1))
    watch(model, log=None)
    with pytest.raises(RuntimeError, match="shapes cannot be multiplied"):
        model(torch.randn(4, 5))
    model(torch.randn(4, 3))
    assert model_json(folder)["outputs"] == [[4, 1]]


def test_unwatch_before_the_first_pass_leaves_no_hook(run: ActiveRun, folder: Path) -> None:
    model = nn.Linear(3, 2)
    watch(model, log=None)
    unwatch(model)
    assert not model._forward_hooks


def test_a_saved_model_has_its_tree(run: ActiveRun, folder: Path) -> None:
    run.save_checkpoint({"model": nn.Linear(3, 2), "epoch": 3})
    assert model_json(folder)["parameters"] == 8
    run.save_checkpoint(nn.Linear(30, 2))  # the first one stays
    assert model_json(folder)["parameters"] == 8


def test_a_module_that_knows_its_parent_is_watched_as_any_other(
    run: ActiveRun, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = nn.Sequential(nn.Linear(3, 3))
    model[0].parent = model
    watch(model, log_freq=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    nn.functional.linear(torch.ones(1, 3), model[0].weight).sum().backward()
    optimizer.step()
    unwatch()
    tree = model_json(folder)
    assert tree["parameters"] == 12
    assert "children" not in tree["children"][0]
    assert "gitexp:" not in capsys.readouterr().err


def test_parameters_that_the_first_pass_makes(
    run: ActiveRun, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(1))
    watch(model, log_freq=1)
    plain = model_json(folder)
    assert plain["parameters"] == 0
    assert plain["children"][0]["own"] == {
        "weight": {"dtype": "float32"},
        "bias": {"dtype": "float32"},
    }
    loss = model(torch.randn(8, 5)).sum()
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    loss.backward()
    optimizer.step()
    unwatch()
    tree = model_json(folder)
    assert (tree["parameters"], tree["macs"]) == (29, 8 * (5 * 4 + 4))
    assert tree["children"][0]["own"]["weight"]["shape"] == [4, 5]
    names = {line["name"] for line in histogram_lines(folder)}
    assert names == {"0.weight", "0.bias", "2.weight", "2.bias"}
    assert "gitexp:" not in capsys.readouterr().err


def test_what_cannot_be_described_is_watched_all_the_same(
    run: ActiveRun, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: object) -> None:
        raise RuntimeError("no tree")

    monkeypatch.setattr("gitexp.capture.model_structure.module_tree", fail)
    model = nn.Linear(2, 1)
    watch(model, log_freq=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    model(torch.ones(1, 2)).sum().backward()
    optimizer.step()
    unwatch()
    assert [line["name"] for line in histogram_lines(folder)] == ["weight", "bias"]
