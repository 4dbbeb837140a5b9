"""tyro on a nested dataclass."""

from dataclasses import dataclass, field

import tyro


@dataclass
class Optimizer:
    lr: float = 0.1
    name: str = "adam"


@dataclass
class Args:
    steps: int = 2
    optimizer: Optimizer = field(default_factory=Optimizer)


args = tyro.cli(Args)
for step in range(args.steps):
    print(f"global_step={step * 10}, episodic_return={step + 1.5}")
