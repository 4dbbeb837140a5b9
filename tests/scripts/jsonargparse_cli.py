"""jsonargparse: a function becomes a command line."""

from dataclasses import dataclass

import jsonargparse


@dataclass
class Optimizer:
    lr: float = 0.1
    name: str = "adam"


def main(steps: int = 2, optimizer: Optimizer = Optimizer(name="sgd")) -> None:  # noqa: B008
    for step in range(steps):
        print(f"step {step} loss {optimizer.lr / (step + 1):.3f}")


jsonargparse.CLI(main, as_positional=False)
