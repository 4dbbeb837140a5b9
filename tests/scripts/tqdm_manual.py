"""A bar over a training that is moved by hand; texts in the postfix."""

from tqdm import tqdm

with tqdm(total=4, desc="train") as bar:
    for step in range(4):
        bar.set_postfix({"loss": f"{1 / (step + 1):.3f}", "lr": 0.1})
        bar.update(1)
