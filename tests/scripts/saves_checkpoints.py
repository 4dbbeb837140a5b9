"""Saves as tutorials do: state dicts, a training state with a config object, whole modules."""

import argparse
import types

import numpy
import torch

torch.manual_seed(0)


class Config:
    width = 3


model = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
for epoch in (1, 2):
    loss = model(torch.ones(4, 2)).pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    torch.save(
        {
            "epoch": epoch,
            "model": model.state_dict(),
            "optimizer": optimizer.state_dict(),
            "config": types.SimpleNamespace(lr=0.1),
            "args": argparse.Namespace(x=1),
            "object": Config(),
            "rng": numpy.random.get_state(),
        },
        "ckpt.pt",
    )
torch.save(model.state_dict(), "final.pth")
torch.save(model, "whole.pt")
torch.save(torch.arange(10), "data.pt")
torch.save(torch.nn.ReLU().state_dict(), "empty.pt")
