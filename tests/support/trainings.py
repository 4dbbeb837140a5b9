"""Small real trainings, ill and healthy, for the rules and for the rate of their false alarms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from gitexp.capture.watch import unwatch, watch
from gitexp.diagnose.evidence import Evidence
from gitexp.diagnose.rules import diagnose
from gitexp.journal.fold import JournalFold
from gitexp.record.active import ActiveRun
from gitexp.schema.finding import Finding
from support.watched import journal_run


@dataclass
class Training:
    """What a training loop needs; the fields are what trainings differ in."""

    model: Callable[[], nn.Module]
    data: Callable[[], tuple[torch.Tensor, torch.Tensor]]
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor] = F.mse_loss
    optimizer: Callable[[Iterator[nn.Parameter]], torch.optim.Optimizer] = field(
        default=lambda parameters: torch.optim.Adam(parameters, 1e-3)
    )
    updates: int = 200
    every: int = 10
    log: str = "all"
    validate: Callable[[], tuple[torch.Tensor, torch.Tensor]] | None = None
    clip: float | None = None
    prepare: Callable[[nn.Module], None] | None = None
    cosine: bool = False

    def run(self, active: ActiveRun) -> None:
        """Train to the end."""
        model = self.model()
        if self.prepare is not None:
            self.prepare(model)
        watch(model, log=self.log, log_freq=self.every)
        optimizer = self.optimizer(model.parameters())
        rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, self.updates)
        held_out = self.validate() if self.validate else None
        for n in range(self.updates):
            x, y = self.data()
            loss = self.loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            if self.clip is not None:
                nn.utils.clip_grad_norm_(model.parameters(), self.clip)
            optimizer.step()
            if self.cosine:
                rate.step()
            row: dict[str, Any] = {"train/loss": loss}
            if held_out is not None and n % 10 == 0:
                with torch.no_grad():
                    row["val/loss"] = self.loss(model(held_out[0]), held_out[1])
            active.log(row)
        unwatch()


def findings(training: Training, folder: Path, seed: int = 0) -> tuple[Finding, ...]:
    """Train, and ask all rules about what came into the journal."""
    torch.manual_seed(seed)
    with journal_run(folder) as active:
        training.run(active)
    fold = JournalFold(folder)
    fold.update(final=True)
    evidence = Evidence(
        fold.run(), fold.losses.series(), fold.curves.hardware_series(), fold.watched
    )
    return diagnose(evidence)


# Data ----------------------------------------------------------------------------------------


def regression(inputs: int = 8, batch: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """A smooth function of a few inputs."""
    x = torch.randn(batch, inputs)
    return x, (x[:, :1] * x[:, 1:2] + torch.sin(x.sum(1, keepdim=True))) + 0.05 * torch.randn(
        batch, 1
    )


def classes(batch: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Three clouds on eight axes."""
    y = torch.randint(0, 3, (batch,))
    return torch.randn(batch, 8) + 1.5 * F.one_hot(y, 8), y


def images(batch: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    """Bars that stand or lie."""
    y = torch.randint(0, 2, (batch,))
    x = 0.3 * torch.randn(batch, 1, 12, 12)
    for n in range(batch):
        at = int(torch.randint(2, 10, ()))
        if y[n]:
            x[n, 0, at] += 1
        else:
            x[n, 0, :, at] += 1
    return x, y


def sequences(batch: int = 16, length: int = 12, words: int = 10) -> tuple[Any, Any]:
    """Count upwards from a random number; the next number is the label."""
    start = torch.randint(0, words, (batch, 1))
    x = (start + torch.arange(length + 1)) % words
    return x[:, :-1], x[:, 1:]


def fixed(make: Callable[[], tuple[Any, Any]], seed: int = 3) -> Callable[[], tuple[Any, Any]]:
    """The same batch each time."""
    generator = torch.random.get_rng_state()
    torch.manual_seed(seed)
    batch = make()
    torch.random.set_rng_state(generator)
    return lambda: batch


# Models --------------------------------------------------------------------------------------


def perceptron(
    *widths: int, act: Callable[[], nn.Module] = nn.ReLU, norm: bool = False
) -> nn.Module:
    """Linear layers with something between them."""
    layers: list[nn.Module] = []
    for n, (a, b) in enumerate(pairwise(widths)):
        layers.append(nn.Linear(a, b))
        if n < len(widths) - 2:
            layers += [nn.BatchNorm1d(b), act()] if norm else [act()]
    return nn.Sequential(*layers)


def convolutional() -> nn.Module:
    """Two convolutions and a head."""
    return nn.Sequential(
        nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(8, 16, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(16, 2),
    )  # fmt: skip


class Residual(nn.Module):
    """A block around which its input goes."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.up, self.down = nn.Linear(width, 2 * width), nn.Linear(2 * width, width)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, width) → (batch, width)."""
        return x + self.down(F.gelu(self.up(self.norm(x))))


class Transformer(nn.Module):
    """A small causal language model."""

    def __init__(self, words: int = 10, width: int = 32, layers: int = 2) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.place = nn.Parameter(0.02 * torch.randn(64, width))
        layer = nn.TransformerEncoderLayer(width, 4, 2 * width, 0.0, batch_first=True)
        self.layers = nn.TransformerEncoder(layer, layers, enable_nested_tensor=False)
        self.head = nn.Linear(width, words)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, length) → (batch, length, words)."""
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        seen = self.embed(x) + self.place[: x.shape[1]]
        return self.head(self.layers(seen, mask=mask, is_causal=True))


class Recurrent(nn.Module):
    """A GRU with a head."""

    def __init__(self, words: int = 10, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width)
        self.rnn = nn.GRU(width, width, batch_first=True)
        self.head = nn.Linear(width, words)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """(batch, length) → (batch, length, words)."""
        return self.head(self.rnn(self.embed(x))[0])


def token_loss(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross entropy over a sequence."""
    return F.cross_entropy(logits.flatten(0, 1), y.flatten())


# Healthy trainings: a rule that speaks here is wrong --------------------------------------------


def sgd(rate: float, momentum: float = 0.9) -> Callable[[Any], torch.optim.Optimizer]:
    """SGD with momentum."""
    return lambda parameters: torch.optim.SGD(parameters, rate, momentum=momentum)


def adamw(rate: float) -> Callable[[Any], torch.optim.Optimizer]:
    """AdamW."""
    return lambda parameters: torch.optim.AdamW(parameters, rate)


HEALTHY: dict[str, Training] = {
    "mlp-relu-adam": Training(lambda: perceptron(8, 64, 64, 1), regression),
    "mlp-relu-deep": Training(lambda: perceptron(8, 64, 64, 64, 1), regression),
    "mlp-gelu-adamw": Training(
        lambda: perceptron(8, 64, 64, 1, act=nn.GELU), regression, optimizer=adamw(3e-3)
    ),
    "mlp-tanh-sgd": Training(
        lambda: perceptron(8, 64, 64, 1, act=nn.Tanh), regression, optimizer=sgd(0.02)
    ),
    "mlp-deep-batchnorm": Training(
        lambda: perceptron(8, 48, 48, 48, 48, 1, norm=True), regression, optimizer=sgd(0.02)
    ),
    "mlp-small-batches": Training(
        lambda: perceptron(8, 32, 1), lambda: regression(batch=4), updates=400
    ),
    "mlp-dropout": Training(
        lambda: nn.Sequential(
            nn.Linear(8, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, 3)
        ),
        classes, F.cross_entropy, validate=classes,
    ),
    "logistic-regression": Training(
        lambda: nn.Linear(8, 3), classes, F.cross_entropy, optimizer=sgd(0.05), validate=classes
    ),
    "zero-initialised-binary": Training(
        lambda: nn.Linear(144, 2), lambda: (lambda b: (b[0].flatten(1), b[1]))(images()),
        F.cross_entropy, optimizer=sgd(0.05),
        prepare=lambda model: nn.init.zeros_(model.weight),  # type: ignore[arg-type]
    ),
    "residual": Training(
        lambda: nn.Sequential(
            nn.Linear(8, 32), *(Residual(32) for _ in range(6)), nn.Linear(32, 1)
        ),
        regression, optimizer=adamw(1e-3),
    ),
    "convolutional": Training(
        convolutional, images, F.cross_entropy, optimizer=adamw(3e-3), updates=120
    ),
    "convolutional-sgd": Training(
        convolutional, images, F.cross_entropy, optimizer=sgd(0.03), updates=120
    ),
    "transformer": Training(Transformer, sequences, token_loss, updates=120),
    "transformer-clipped-cosine": Training(
        Transformer, sequences, token_loss, optimizer=adamw(2e-3), updates=120, clip=1.0,
        cosine=True,
    ),
    "gru": Training(Recurrent, sequences, token_loss, optimizer=adamw(3e-3), updates=120),
    "autoencoder": Training(
        lambda: perceptron(8, 32, 4, 32, 8), lambda: (lambda x: (x, x))(regression()[0]),
        updates=300,
    ),
    "fine-tuned-frozen": Training(
        lambda: perceptron(8, 64, 64, 3), classes, F.cross_entropy,
        prepare=lambda model: model[0].requires_grad_(False) and None,  # type: ignore[index]
    ),
    "to-almost-zero": Training(
        lambda: perceptron(8, 64, 1), fixed(lambda: regression(batch=32)), optimizer=adamw(3e-3),
        updates=600,
    ),
    "large-targets": Training(
        lambda: perceptron(8, 64, 1),
        lambda: (lambda b: (b[0], 100 * b[1]))(regression()), optimizer=adamw(1e-2), updates=300,
    ),
}  # fmt: skip
