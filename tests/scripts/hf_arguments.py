"""HfArgumentParser: dataclasses of arguments."""

from dataclasses import dataclass

from transformers import HfArgumentParser


@dataclass
class ModelArguments:
    width: int = 4


@dataclass
class TrainArguments:
    lr: float = 0.1
    warmup: bool = False


model, train = HfArgumentParser((ModelArguments, TrainArguments)).parse_args_into_dataclasses()
for step in range(2):
    print(f"step {step} loss {train.lr / (step + 1):.3f}")
