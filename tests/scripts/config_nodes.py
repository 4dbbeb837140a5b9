"""A config object of one's own with parts, handed on part by part."""

import torch


class CfgNode:
    def __init__(self, **values):
        self.__dict__.update(values)


def train(config, model):
    torch.optim.SGD(model.parameters(), lr=config.lr)
    for step in range(3):
        print(f"iter_dt 1.50ms; iter {step}: train loss {config.lr / (step + 1):.4f}")


def main():
    config = CfgNode(seed=3, model=CfgNode(width=4), trainer=CfgNode(lr=0.5, betas=(0.9, 0.95)))
    train(config.trainer, torch.nn.Linear(2, config.model.width))


main()
