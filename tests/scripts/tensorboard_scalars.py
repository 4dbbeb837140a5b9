"""In the manner of single-file reinforcement learning: TensorBoard, and a little is printed."""

import argparse

import torch
from torch.utils.tensorboard import SummaryWriter

parser = argparse.ArgumentParser()
parser.add_argument("--num-envs", type=int, default=2)
parser.add_argument("--num-steps", type=int, default=8)
args = parser.parse_args()
args.batch_size = args.num_envs * args.num_steps
writer = SummaryWriter("runs/x")
agent = torch.nn.Linear(1, 1)
optimizer = torch.optim.Adam(agent.parameters(), lr=0.5)
for update in (1, 2, 3):
    global_step = update * args.batch_size
    value_loss = torch.tensor(1.23456 / update)
    print(f"global_step={global_step}, value_loss={value_loss.item():.4f}")
    writer.add_scalar("losses/value_loss", value_loss, global_step)
    writer.add_scalars("charts", {"a": update, "b": 2 * update}, global_step)
    print("SPS:", 1000 + update)
writer.close()
