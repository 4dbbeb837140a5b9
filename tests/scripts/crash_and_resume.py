"""A training that crashes and goes on from its checkpoint when it is started again."""

import argparse
import os

import torch

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=4)
parser.add_argument("--crash-at", type=int, default=-1)
args = parser.parse_args()
model = torch.nn.Linear(2, 1)
start = 0
if os.path.exists("resume.pt"):
    state = torch.load("resume.pt")
    model.load_state_dict(state["model"])
    start = state["step"] + 1
for step in range(start, args.steps):
    print(f"step {step}: loss {1 / (step + 1):.4f}")
    torch.save({"step": step, "model": model.state_dict()}, "resume.pt")
    if step == args.crash_at:
        raise RuntimeError("out of luck")
