"""watch(): what is sampled is what the optimizer got, and nothing disturbs the training."""

from __future__ import annotations

import copy
import gc
import math
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.watched import histogram_lines, journal_run
from torch import nn

from gitexp.capture.watch import unwatch, watch
from gitexp.record import guard
from gitexp.record.active import ActiveRun


@pytest.fixture(autouse=True)
def fresh_warnings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "_told", set())
    torch.manual_seed(0)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[ActiveRun]:
    with journal_run(tmp_path / "journal") as active:
        yield active


@pytest.fixture
def folder(tmp_path: Path, run: ActiveRun) -> Path:
    return tmp_path / "journal"


def net() -> nn.Sequential:
    return nn.Sequential(nn.Linear(6, 16), nn.ReLU(), nn.Linear(16, 1))


def step(model: nn.Module, optimizer: torch.optim.Optimizer, x: torch.Tensor) -> float:
    optimizer.zero_grad()
    loss = model(x).square().mean()
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def by_name(lines: list[dict[str, Any]], update: int = 0) -> dict[str, dict[str, Any]]:
    return {line["name"]: line for line in lines if line["_update"] == update}


def test_statistics_are_those_of_the_gradient_that_the_optimizer_got(
    run: ActiveRun, folder: Path
) -> None:
    model = net()
    watch(model, log="all", log_freq=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    before = copy.deepcopy(model)
    step(model, optimizer, torch.randn(8, 6))
    unwatch()
    gradients = by_name(histogram_lines(folder, "gradient"))
    assert list(gradients) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    weights = by_name(histogram_lines(folder, "parameter"))
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None
        g, w = parameter.grad.double().numpy(), before.get_parameter(name).detach().numpy()
        line = gradients[name]
        assert line["count"] == g.size
        for key, value in {
            "mean": g.mean(), "std": g.std(), "norm": np.linalg.norm(g), "min": g.min(),
            "max": g.max(), "zeros": (g == 0).mean(), "weight_norm": np.linalg.norm(w),
            "update_ratio": 0.1 * np.linalg.norm(g) / np.linalg.norm(w),
        }.items():  # fmt: skip
            assert line[key] == pytest.approx(value, rel=2e-3, abs=1e-7), (name, key)
        assert weights[name]["mean"] == pytest.approx(w.mean(), rel=1e-4, abs=1e-7)
        counts, _ = np.histogram(w, bins=48, range=(w.min(), w.max()))
        # An element on a bin's edge may fall to either side.
        assert sum(weights[name]["counts"]) == w.size
        assert np.abs(np.cumsum(counts) - np.cumsum(weights[name]["counts"])).max() <= 1


def test_a_large_tensor_is_measured_whole_and_its_histogram_sampled(
    run: ActiveRun, folder: Path
) -> None:
    model = nn.Linear(512, 256, bias=False)
    watch(model, log="parameters", log_freq=1)
    step(model, torch.optim.SGD(model.parameters(), 0.0), torch.randn(4, 512))
    unwatch()
    (line,) = histogram_lines(folder)
    w = model.weight.detach().double().numpy()
    assert line["count"] == w.size
    assert line["std"] == pytest.approx(w.std(), rel=1e-4)
    assert line["max"] == pytest.approx(w.max(), rel=1e-5)
    assert 4_000 < sum(line["counts"]) <= 8_192
    # Uniform weights: no bin is far from the others.
    assert max(line["counts"]) < 1.5 * np.mean(line["counts"])


def test_accumulated_gradients_are_sampled_whole_and_at_the_frequency(
    run: ActiveRun, folder: Path
) -> None:
    model = net()
    watch(model, log_freq=2)
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    norms = []
    for n in range(5):
        optimizer.zero_grad()
        for _ in range(3):
            model(torch.randn(4, 6)).square().mean().backward()
        bias = model[2].bias
        assert isinstance(bias, nn.Parameter)
        assert bias.grad is not None
        norms.append(float(bias.grad.norm()))
        optimizer.step()
        run.log({"loss": n})
    unwatch()
    lines = [line for line in histogram_lines(folder) if line["name"] == "2.bias"]
    assert [(line["_update"], line["_step"]) for line in lines] == [(0, 0), (2, 2), (4, 4)]
    assert [line["norm"] for line in lines] == pytest.approx([norms[i] for i in (0, 2, 4)], 1e-4)


@pytest.mark.parametrize("keyword", [True, False])
def test_gradients_that_a_closure_makes_are_those_of_this_update(
    run: ActiveRun, folder: Path, keyword: bool
) -> None:
    model = net()
    watch(model, log_freq=2)
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    norms, losses = [], []
    for _ in range(3):

        def closure() -> torch.Tensor:
            optimizer.zero_grad()
            loss = model(torch.randn(4, 6)).square().mean()
            loss.backward()
            assert model[2].bias.grad is not None
            norms.append(float(model[2].bias.grad.norm()))
            return loss

        losses.append(optimizer.step(closure=closure) if keyword else optimizer.step(closure))
    unwatch()
    lines = [line for line in histogram_lines(folder) if line["name"] == "2.bias"]
    assert [line["norm"] for line in lines] == pytest.approx([norms[0], norms[2]], 1e-4)
    assert all(loss > 0 for loss in losses)


def test_gradients_under_a_gradient_scaler_are_unscaled(run: ActiveRun, folder: Path) -> None:
    model = net()
    watch(model, log_freq=1)
    x = torch.randn(8, 6)
    twin = copy.deepcopy(model)
    twin(x).square().mean().backward()
    # The fused optimizer unscales in its own kernel, the other gets unscaled gradients.
    for fused in (True, False):
        optimizer = torch.optim.AdamW(model.parameters(), 0.0, fused=fused)
        scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
        optimizer.zero_grad()
        scaler.scale(model(x).square().mean()).backward()
        scaler.step(optimizer)
        scaler.update()
    unwatch()
    assert twin[2].bias.grad is not None
    wanted = float(twin[2].bias.grad.norm())
    lines = [line["norm"] for line in histogram_lines(folder) if line["name"] == "2.bias"]
    assert lines == pytest.approx([wanted, wanted], rel=1e-4)


def test_an_update_that_the_scaler_skips_is_not_sampled(run: ActiveRun, folder: Path) -> None:
    model = net()
    watch(model, log_freq=1)
    for fused in (True, False):
        optimizer = torch.optim.AdamW(model.parameters(), fused=fused)
        scaler = torch.amp.GradScaler("cpu", init_scale=2.0**127)
        scaler.scale(model(torch.randn(8, 6) * 1e6).square().mean()).backward()
        scaler.step(optimizer)
        scaler.update()
    unwatch()
    assert histogram_lines(folder) == []


def test_parameters_without_gradient_are_passed_over(
    run: ActiveRun, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = nn.ModuleDict(
        {"used": nn.Linear(3, 2), "unused": nn.Linear(3, 2), "frozen": nn.Linear(3, 3),
         "empty": nn.ParameterList([torch.empty(0)])}
    )  # fmt: skip
    model["frozen"].requires_grad_(False)
    model.register_buffer("counter", torch.zeros(2, dtype=torch.long))
    watch(model, log="gradients", log_freq=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    model["used"](model["frozen"](torch.randn(4, 3))).sum().backward()
    optimizer.step()
    unwatch()
    assert list(by_name(histogram_lines(folder))) == ["used.weight", "used.bias"]
    assert capsys.readouterr().err == ""


def test_sparse_half_and_complex_gradients(
    run: ActiveRun, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    class Odd(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.rows = nn.Embedding(50, 4, sparse=True)
            self.low = nn.Parameter(torch.full((4,), 300.0, dtype=torch.float16))
            self.wave = nn.Parameter(torch.randn(3, dtype=torch.complex64))

    model = Odd()
    watch(model, log="all", log_freq=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    loss = model.rows(torch.tensor([1, 1, 7])).sum()
    loss = loss + (model.low * 300).float().sum() + model.wave.abs().sum()
    loss.backward()
    optimizer.step()
    unwatch()
    gradients = by_name(histogram_lines(folder, "gradient"))
    assert gradients["rows.weight"]["count"] == 8
    assert gradients["rows.weight"]["max"] == 2.0
    assert gradients["low"]["norm"] == pytest.approx(600.0)
    assert gradients["wave"]["count"] == 6
    assert set(by_name(histogram_lines(folder, "parameter"))) == {"rows.weight", "low", "wave"}
    assert capsys.readouterr().err == ""


def test_what_is_not_finite_is_said_and_has_no_bins(run: ActiveRun, folder: Path) -> None:
    model = nn.Linear(2, 2)
    watch(model, log_freq=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    (model(torch.randn(2, 2)) * math.inf).sum().backward()
    optimizer.step()
    unwatch()
    line = by_name(histogram_lines(folder))["bias"]
    assert line["max"] == "Infinity"
    assert (line["bins"], line["counts"]) == (None, [])


@pytest.mark.filterwarnings("ignore")  # those of torch.compile are not ours
def test_a_compiled_model_stays_one_graph(run: ActiveRun, folder: Path) -> None:
    model = net()
    compiled = torch.compile(model, backend="eager", fullgraph=True)
    watch(compiled, log="all", log_freq=1)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    for _ in range(3):
        step(compiled, optimizer, torch.randn(8, 6))
    unwatch()
    assert set(by_name(histogram_lines(folder), 2)) == {
        "0.weight", "0.bias", "2.weight", "2.bias"
    }  # fmt: skip
    assert torch._dynamo.utils.counters["graph_break"] == {}


def test_activations_are_those_of_the_pass_before_a_sampled_update(
    run: ActiveRun, folder: Path
) -> None:
    model = nn.Sequential(
        nn.Linear(4, 6), nn.ReLU(), nn.Dropout(0.0), nn.Linear(6, 3), nn.Tanh(), nn.Linear(3, 1)
    )
    with torch.no_grad():
        model[0].bias[:2] = -100.0  # type: ignore[index]
        model[3].bias[:2] = 100.0  # type: ignore[index]
    watch(model, log="activations", log_freq=2, log_graph=False)
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    for n in range(4):
        x = torch.randn(5, 4)
        if n == 2:
            hidden = model[1](model[0](x)).detach()
            model.eval()(torch.randn(50, 4))  # no part of the training
            model.train()
        assert bool(model[0]._forward_hooks) == (n % 2 == 0)
        step(model, optimizer, x)
    unwatch()
    lines = histogram_lines(folder)
    assert [line["name"] for line in lines] == ["0", "1", "3", "4", "5"] * 2
    assert {line["kind"] for line in lines} == {"activation"}
    relu = by_name(lines, 2)["1"]
    assert (relu["count"], relu["module"]) == (30, "ReLU")
    assert relu["norm"] == pytest.approx(float(hidden.norm()), rel=1e-3)
    assert (relu["units"], relu["silent"]) == (6, 2 + int((hidden[:, 2:] == 0).all(0).sum()))
    tanh = by_name(lines, 0)["4"]
    assert 0.6 < tanh["saturated"] <= 1.0
    assert not any(module._forward_hooks for module in model.modules())


def test_a_data_parallel_model_has_its_own_names(run: ActiveRun, folder: Path) -> None:
    model = nn.DataParallel(net())
    watch(model, log_freq=1)
    step(model, torch.optim.SGD(model.parameters(), 0.1), torch.randn(8, 6))
    unwatch()
    assert "0.weight" in by_name(histogram_lines(folder))


def test_a_deleted_model_is_freed(
    run: ActiveRun, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = net()
    watch(model, log_freq=1)
    gone = weakref.ref(model)
    step(model, torch.optim.SGD(model.parameters(), 0.1), torch.randn(8, 6))
    del model
    gc.collect()
    assert gone() is None
    other = net()
    step(other, torch.optim.SGD(other.parameters(), 0.1), torch.randn(8, 6))
    unwatch()
    assert len(histogram_lines(folder)) == 4
    assert capsys.readouterr().err == ""


def test_two_models_and_two_optimizers(run: ActiveRun, folder: Path) -> None:
    first, second = net(), nn.Linear(6, 1)
    watch([first, second], log_freq=1)
    # Two optimizers share the first model.
    optimizers = [
        torch.optim.SGD(first[0].parameters(), 0.1),
        torch.optim.Adam(first[2].parameters(), 0.1),
        torch.optim.SGD(second.parameters(), 0.1),
    ]
    for model in (first, second):
        model(torch.randn(4, 6)).square().mean().backward()
    for optimizer in optimizers:
        optimizer.step()
    unwatch(first)
    unwatch()
    assert set(by_name(histogram_lines(folder))) == {
        "0.weight", "0.bias", "2.weight", "2.bias", "model2.weight", "model2.bias"
    }  # fmt: skip


def test_parameters_that_join_the_optimizer_later_are_watched(
    run: ActiveRun, folder: Path
) -> None:
    model = net()
    watch(model, log_freq=1)
    optimizer = torch.optim.SGD(model[2].parameters(), 0.1)
    step(model, optimizer, torch.randn(4, 6))
    optimizer.add_param_group({"params": model[0].parameters()})
    step(model, optimizer, torch.randn(4, 6))
    unwatch()
    lines = histogram_lines(folder)
    assert set(by_name(lines, 0)) == {"2.weight", "2.bias"}
    assert set(by_name(lines, 1)) == {"0.weight", "0.bias", "2.weight", "2.bias"}


def test_units_without_gradient_and_units_in_lock_step_are_counted(
    run: ActiveRun, folder: Path
) -> None:
    model = net()
    with torch.no_grad():
        model[0].bias[:5] = -100.0  # dead from the start
        for layer in (model[0], model[2]):
            layer.weight[..., :] = layer.weight  # not symmetric
        model[0].weight[8:11] = model[0].weight[8] * torch.tensor([[1.0], [2.0], [0.5]])
        model[0].bias[8:11] = 0.0
        model[2].weight[:, 8:11] = 0.3
    watch(model, log_freq=1)
    optimizer = torch.optim.SGD(model.parameters(), 1e-3)
    for _ in range(6):
        step(model, optimizer, torch.randn(64, 6))
    unwatch()
    lines = [line for line in histogram_lines(folder) if line["name"] == "0.weight"]
    assert [line["silent"] for line in lines] == [5] * 6
    assert [line["silent_long"] for line in lines] == [0] * 4 + [5] * 2
    assert lines[0]["units"] == 16
    assert lines[0]["alike"] == 3


def test_the_result_of_a_training_is_the_same_bit_for_bit(run: ActiveRun) -> None:
    def train(watched: bool) -> torch.Tensor:
        torch.manual_seed(1)
        model = nn.Sequential(net(), nn.Dropout(0.5))
        if watched:
            watch(model, log="all", log_freq=1)
        optimizer = torch.optim.AdamW(model.parameters(), 1e-2)
        for _ in range(5):
            step(model, optimizer, torch.randn(8, 6))
        unwatch()
        return torch.cat([p.detach().flatten() for p in model.parameters()])

    assert torch.equal(train(False), train(True))


def test_a_hand_written_update_is_not_seen_and_said(
    run: ActiveRun, capsys: pytest.CaptureFixture[str]
) -> None:
    model = net()
    watch(model)
    model(torch.randn(4, 6)).sum().backward()
    unwatch()
    assert "no torch.optim optimizer" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: watch(3), "takes a torch.nn.Module"),
        (lambda: watch(net(), log="weights"), "log='weights' is unknown"),
        (lambda: watch([MODEL, MODEL], log=None), "watched already"),
    ],
)
def test_misuse_is_a_warning(
    run: ActiveRun, capsys: pytest.CaptureFixture[str], call: Any, told: str
) -> None:
    call()
    assert told in capsys.readouterr().err


MODEL = net()


def test_a_disk_that_takes_nothing_does_not_stop_the_training(
    run: ActiveRun, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(file: str, lines: object) -> None:
        raise OSError("no space left")

    monkeypatch.setattr(run, "append_lines", refuse)
    model = net()
    watch(model, log_freq=1)
    step(model, torch.optim.SGD(model.parameters(), 0.1), torch.randn(4, 6))
    unwatch()
    assert "no space left" in capsys.readouterr().err
