"""Each rule speaks of a real training that has the illness, and of none that has not."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from support.trainings import (
    HEALTHY,
    Training,
    adamw,
    findings,
    fixed,
    perceptron,
    regression,
    sgd,
)
from torch import nn
from torch.nn import functional as F

from gitexp.schema.finding import SEVERITIES, Finding


@pytest.fixture(autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


def constant_start(model: nn.Module) -> None:
    for parameter in model.parameters():
        nn.init.constant_(parameter, 0.1)


def small_start(model: nn.Module) -> None:
    for parameter in model.parameters():
        nn.init.normal_(parameter, std=0.15)


def biases_far_below(model: nn.Module) -> None:
    assert isinstance(model, nn.Sequential)
    with torch.no_grad():
        model[0].bias[:20] = -50.0  # type: ignore[index, operator]


def cut_off(model: nn.Module) -> None:
    assert isinstance(model, nn.Sequential)
    model[1].register_full_backward_hook(lambda module, inward, outward: (inward[0] * 0,))


class Overflow(nn.Module):
    """Divides by what becomes zero."""

    def __init__(self) -> None:
        super().__init__()
        self.layer, self.calls = nn.Linear(8, 1), 0

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.calls += 1
        return self.layer(x) / (0.0 if self.calls > 35 else 1.0)


class Spike:
    """A batch that is a million times too large, once."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self) -> tuple[torch.Tensor, torch.Tensor]:
        self.calls += 1
        x, y = regression()
        return x, y * 1e4 if self.calls == 101 else y


def noise(batch: int = 24) -> tuple[torch.Tensor, torch.Tensor]:
    return torch.randn(batch, 8), torch.randint(0, 3, (batch,))


ILL: dict[str, Training] = {
    "lock-step-units": Training(
        lambda: perceptron(8, 32, 1), regression, prepare=constant_start, updates=60
    ),
    "dead-units": Training(
        lambda: perceptron(8, 48, 1), regression, prepare=biases_far_below, updates=80
    ),
    "vanishing-gradients": Training(
        lambda: perceptron(8, *[32] * 8, 1, act=nn.Sigmoid), regression, optimizer=sgd(0.05),
        prepare=small_start, updates=60,
    ),
    "saturated-units": Training(
        lambda: perceptron(8, 32, 1, act=nn.Tanh),
        lambda: (lambda b: (60 * b[0], b[1]))(regression()), updates=60,
    ),
    "zero-gradients": Training(
        lambda: perceptron(8, 32, 1), regression, prepare=cut_off, updates=60
    ),
    "exploding-gradients": Training(
        lambda: perceptron(8, 32, 1), Spike(), optimizer=adamw(1e-3), updates=120
    ),
    "not-finite": Training(Overflow, regression, updates=60),
    "diverging-loss": Training(
        lambda: perceptron(8, 1), regression, optimizer=sgd(1.05, 0.0), updates=100
    ),
    "oscillating-loss": Training(
        lambda: perceptron(8, 1), regression,
        optimizer=lambda p: torch.optim.Adam(p, 3.0, betas=(0.5, 0.9)), updates=150,
    ),
    "plateau": Training(
        lambda: perceptron(8, 64, 3), noise, F.cross_entropy, optimizer=adamw(1e-6), updates=100
    ),
    "over-fitting": Training(
        lambda: perceptron(8, 128, 128, 3), fixed(noise), F.cross_entropy, optimizer=adamw(3e-3),
        updates=200, validate=lambda: noise(256),
    ),
    "large-updates": Training(
        lambda: perceptron(8, 32, 1), regression,
        optimizer=lambda p: torch.optim.AdamW(p, 0.5, weight_decay=1.5), updates=60,
    ),
    "small-updates": Training(
        lambda: perceptron(8, 32, 1), regression, optimizer=sgd(1e-7), updates=60
    ),
}  # fmt: skip


@pytest.mark.parametrize("rule", ILL)
def test_the_rule_sees_the_illness(rule: str, tmp_path: Path) -> None:
    found = findings(ILL[rule], tmp_path / "journal")
    assert rule in [finding.rule for finding in found], found
    for finding in found:
        assert_well_made(finding)


def assert_well_made(finding: Finding) -> None:
    assert finding.severity in SEVERITIES
    assert finding.what
    assert finding.advice
    assert "\n" not in finding.advice
    assert finding.where
    assert finding.evidence
    assert finding.steps[0] <= finding.steps[1]


@pytest.mark.parametrize(
    "name",
    ["mlp-relu-adam", "zero-initialised-binary", "residual", "fine-tuned-frozen", "gru",
     "transformer-clipped-cosine"],
)  # fmt: skip
def test_a_healthy_training_has_no_finding(name: str, tmp_path: Path) -> None:
    assert findings(HEALTHY[name], tmp_path / "journal") == ()


@pytest.mark.parametrize("seed", [1, 2])
def test_the_few_units_that_are_dead_from_the_start_are_no_illness(
    tmp_path: Path, seed: int
) -> None:
    assert findings(HEALTHY["mlp-relu-deep"], tmp_path / "journal", seed) == ()
