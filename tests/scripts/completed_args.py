"""Arguments that the script completes before it trains; a rate that is printed and logged."""

from dataclasses import dataclass

import torch
import tyro
from torch.utils.tensorboard import SummaryWriter


@dataclass
class Args:
    num_envs: int = 4
    num_steps: int = 8
    batch_size: int = 0
    """filled in at runtime"""


args = tyro.cli(Args)
args.batch_size = args.num_envs * args.num_steps
writer = SummaryWriter("logged")
optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.5)
for update in range(3):
    print("SPS:", 1000 + update)
    writer.add_scalar("charts/SPS", 1010 + update, (update + 1) * args.batch_size)
writer.close()
