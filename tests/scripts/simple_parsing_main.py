"""simple_parsing: argparse with dataclasses."""

from dataclasses import dataclass

from simple_parsing import ArgumentParser


@dataclass
class Options:
    lr: float = 0.1
    epochs: int = 2


parser = ArgumentParser()
parser.add_argument("--seed", type=int, default=1)
parser.add_arguments(Options, dest="options")
args = parser.parse_args()
print(f"Final test accuracy: {args.options.lr:.2f}")
