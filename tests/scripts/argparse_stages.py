"""Two parsers: one for the config file, then the main one on what is left; sub-commands."""

import argparse

import yaml

first = argparse.ArgumentParser(add_help=False)
first.add_argument("--config")
known, rest = first.parse_known_args()
with open(known.config) as file:
    defaults = yaml.safe_load(file)
parser = argparse.ArgumentParser(parents=[first])
parser.set_defaults(**defaults)
below = parser.add_subparsers(dest="command")
train = below.add_parser("train")
train.add_argument("--steps", type=int, default=2)
args = parser.parse_args(rest)
for step in range(args.steps):
    print(f"step {step}: loss {defaults['lr'] / (step + 1):.4f}")
