"""A YAML file that the script reads, and classes made of it."""

import yaml

with open("conf/base.yaml") as file:
    config = yaml.safe_load(file)

for step in range(2):
    print({"step": step, "loss": config["lr"] / (step + 1)})
