"""A config as a dataclass that a function makes; no command line at all."""

from dataclasses import dataclass, field

import torch


@dataclass
class TrainConfig:
    lr: float = 0.1
    epochs: int = 2
    layers: list[int] = field(default_factory=lambda: [4, 4])


def main() -> None:
    cfg = TrainConfig(lr=0.25)
    model = torch.nn.Linear(2, 1)
    torch.optim.SGD(model.parameters(), lr=cfg.lr)
    for epoch in range(cfg.epochs):
        print(f"epoch={epoch} | loss={0.5 / (epoch + 1)} | acc={80 + epoch}.0%")


main()
