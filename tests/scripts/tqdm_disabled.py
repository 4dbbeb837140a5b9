"""tqdm's postfix of a bar that is not drawn."""

from tqdm import tqdm

for epoch in range(2):
    bar = tqdm(range(3), disable=True)
    for step in bar:
        bar.set_postfix(loss=1 / (1 + step + 3 * epoch))
