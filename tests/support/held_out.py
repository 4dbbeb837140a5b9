"""Healthy trainings of kinds that no threshold was chosen on: digits, text, noise, ratings."""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import torch
from torch import nn
from torch.nn import functional as F

from support.trainings import Training

TEXT = (
    "to train a model is to ask a question of the data many times and to listen a little better "
    "each time; what it answers depends on how it was asked. "
)


@cache
def _digits() -> tuple[torch.Tensor, torch.Tensor]:
    from sklearn.datasets import load_digits

    found = load_digits()
    return torch.tensor(found.images, dtype=torch.float32)[:, None] / 16, torch.tensor(
        found.target
    )


def digits(first: int = 0, last: int = 1500, batch: int = 64) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures of handwritten digits, (batch, 1, 8, 8), and which they are."""
    at = torch.randint(first, last, (batch,))
    return _digits()[0][at], _digits()[1][at]


def unseen_digits() -> tuple[torch.Tensor, torch.Tensor]:
    """Others than `digits` gives."""
    return _digits()[0][1500:], _digits()[1][1500:]


def text(batch: int = 16, length: int = 24) -> tuple[torch.Tensor, torch.Tensor]:
    """Pieces of a text as characters' numbers, and the characters that come next."""
    codes = torch.tensor([ord(c) - 32 for c in TEXT])
    at = torch.randint(0, len(codes) - length - 1, (batch, 1)) + torch.arange(length + 1)
    return codes[at][:, :-1], codes[at][:, 1:]


def next_word(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Cross entropy over all places."""
    return F.cross_entropy(logits.flatten(0, 1), y.flatten())


def waves(batch: int = 32, length: int = 30) -> tuple[torch.Tensor, torch.Tensor]:
    """Sines with some noise, and their next values."""
    phase, pace = 6.3 * torch.rand(batch, 1), 0.2 + 0.3 * torch.rand(batch, 1)
    wave = torch.sin(phase + pace * torch.arange(length + 1)) + 0.05 * torch.randn(
        batch, length + 1
    )
    return wave[:, :-1, None], wave[:, 1:, None]


def ratings(batch: int = 128) -> tuple[torch.Tensor, torch.Tensor]:
    """Pairs of users and things, and how the ones like the others."""
    taste = torch.Generator().manual_seed(5)
    users, things = torch.randn(40, 3, generator=taste), torch.randn(60, 3, generator=taste)
    pair = torch.stack([torch.randint(0, 40, (batch,)), torch.randint(0, 60, (batch,))], 1)
    liking = (users[pair[:, 0]] * things[pair[:, 1]]).sum(1) + 0.1 * torch.randn(batch)
    return pair, liking


def noised(batch: int = 128) -> tuple[torch.Tensor, torch.Tensor]:
    """Points of two arcs with noise of a random strength, and that noise (diffusion models)."""
    turn = math.pi * torch.rand(batch)
    side = torch.randint(0, 2, (batch,)) * 2 - 1
    points = torch.stack([torch.cos(turn) + 0.5 * side, side * torch.sin(turn)], 1)
    noise, strength = torch.randn(batch, 2), torch.rand(batch, 1)
    mixed = torch.cos(1.5 * strength) * points + torch.sin(1.5 * strength) * noise
    return torch.cat([mixed, strength], 1), noise


class Recurrent(nn.Module):
    """An LSTM with a head, at every step of a sequence."""

    def __init__(self, inputs: int, outputs: int, words: int = 0) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, inputs) if words else nn.Identity()
        self.lstm = nn.LSTM(inputs, 32, batch_first=True)
        self.head = nn.Linear(32, outputs)

    def forward(self, x: torch.Tensor) -> Any:
        return self.head(self.lstm(self.embed(x))[0])


class Gpt(nn.Module):
    """A small causal transformer whose head is its embedding."""

    def __init__(self, words: int = 96, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, width)
        nn.init.normal_(self.embed.weight, std=0.05)
        self.places = nn.Parameter(0.02 * torch.randn(64, width))
        layer = nn.TransformerEncoderLayer(
            width, 4, 64, dropout=0.1, activation="gelu", batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.norm = nn.LayerNorm(width)

    def forward(self, x: torch.Tensor) -> Any:
        mask = nn.Transformer.generate_square_subsequent_mask(x.shape[1])
        hidden = self.blocks(self.embed(x) + self.places[: x.shape[1]], mask, is_causal=True)
        return self.norm(hidden) @ self.embed.weight.T


class Vae(nn.Module):
    """A variational autoencoder of digits; gives its loss per picture."""

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(nn.Flatten(), nn.Linear(64, 48), nn.SiLU(), nn.Linear(48, 8))
        self.decode = nn.Sequential(nn.Linear(4, 48), nn.SiLU(), nn.Linear(48, 64), nn.Sigmoid())

    def forward(self, x: torch.Tensor) -> Any:
        mean, spread = self.encode(x).chunk(2, 1)
        code = mean + torch.randn_like(mean) * torch.exp(spread / 2)
        wrong = (self.decode(code) - x.flatten(1)).square().sum(1)
        return wrong + 0.5 * (mean.square() + spread.exp() - 1 - spread).sum(1)


class Factors(nn.Module):
    """Matrix factorisation."""

    def __init__(self) -> None:
        super().__init__()
        self.users, self.things = nn.Embedding(40, 8), nn.Embedding(60, 8)
        for table in (self.users, self.things):
            nn.init.normal_(table.weight, std=0.3)

    def forward(self, pair: torch.Tensor) -> Any:
        return (self.users(pair[:, 0]) * self.things(pair[:, 1])).sum(1)


class Experts(nn.Module):
    """A mixture of experts, all of them weighed."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(64, 4)
        self.experts = nn.ModuleList(
            nn.Sequential(nn.Linear(64, 32), nn.ELU(), nn.Linear(32, 10)) for _ in range(4)
        )

    def forward(self, x: torch.Tensor) -> Any:
        x = x.flatten(1)
        shares = self.gate(x).softmax(1)
        answers = torch.stack([expert(x) for expert in self.experts], 1)
        return (shares[:, :, None] * answers).sum(1)


class Twins(nn.Module):
    """Two noisy views of each picture; gives which of all others each view takes for its twin."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(nn.Flatten(), nn.Linear(64, 64), nn.GELU(), nn.Linear(64, 16))

    def forward(self, x: torch.Tensor) -> Any:
        one, two = (F.normalize(self.net(x + 0.3 * torch.randn_like(x)), dim=1) for _ in range(2))
        return one @ two.T / 0.2


def _convolutions() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(),
        nn.Linear(32, 10),
    )  # fmt: skip


def _group_norm() -> nn.Module:
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.GroupNorm(4, 16), nn.SiLU(),
        nn.Conv2d(16, 16, 3, stride=2, padding=1), nn.GroupNorm(4, 16), nn.SiLU(),
        nn.Flatten(), nn.Linear(16 * 16, 10),
    )  # fmt: skip


def _perceptron() -> nn.Module:
    return nn.Sequential(
        nn.Flatten(), nn.Linear(64, 64), nn.LeakyReLU(), nn.Linear(64, 64), nn.LeakyReLU(),
        nn.Linear(64, 10),
    )  # fmt: skip


def _smoothed(logits: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(logits, y, label_smoothing=0.1)


def _to_twin(similar: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(similar, torch.arange(len(similar)))


HELD_OUT: dict[str, Training] = {
    "digits-convolutions": Training(
        _convolutions, digits, F.cross_entropy, validate=unseen_digits,
        optimizer=lambda p: torch.optim.Adam(p, 3e-3),
    ),
    "digits-momentum-decay": Training(
        _perceptron, digits, F.cross_entropy, validate=unseen_digits,
        optimizer=lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, weight_decay=1e-4),
    ),
    "digits-group-norm-nesterov": Training(
        _group_norm, digits, _smoothed, validate=unseen_digits, cosine=True,
        optimizer=lambda p: torch.optim.SGD(p, 0.05, momentum=0.9, nesterov=True),
    ),
    "waves-lstm": Training(
        lambda: Recurrent(1, 1), waves, optimizer=lambda p: torch.optim.RMSprop(p, 2e-3)
    ),
    "text-lstm-clipped": Training(
        lambda: Recurrent(24, 96, words=96), text, next_word, clip=1.0,
        optimizer=lambda p: torch.optim.Adam(p, 1e-2),
    ),
    "text-tied-transformer": Training(
        Gpt, text, next_word, clip=1.0, cosine=True,
        optimizer=lambda p: torch.optim.AdamW(p, 3e-3, weight_decay=0.1),
    ),
    "digits-variational": Training(Vae, digits, lambda wrong, y: wrong.mean()),
    "digits-contrastive": Training(Twins, digits, _to_twin),
    "digits-experts": Training(Experts, digits, F.cross_entropy, validate=unseen_digits),
    "ratings-factors": Training(
        Factors, ratings, optimizer=lambda p: torch.optim.Adam(p, 1e-2), updates=300
    ),
    "arcs-diffusion": Training(
        lambda: nn.Sequential(
            nn.Linear(3, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 2)
        ),
        noised,
    ),
    "digits-adagrad": Training(
        _perceptron, digits, F.cross_entropy, validate=unseen_digits,
        optimizer=lambda p: torch.optim.Adagrad(p, 0.02),
    ),
}  # fmt: skip
