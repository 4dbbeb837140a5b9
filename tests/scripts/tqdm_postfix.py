"""tqdm's postfix shows the loss, and nothing else does."""

from tqdm import tqdm

for epoch in range(2):
    bar = tqdm(range(3), desc=f"Epoch {epoch}")
    for step in bar:
        bar.set_postfix(loss=1 / (1 + step + 3 * epoch))
