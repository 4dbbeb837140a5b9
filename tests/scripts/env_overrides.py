"""Settings by variables of the environment, as containers have them."""

import os

LR = float(os.environ.get("LR", "0.1"))
EPOCHS = int(os.getenv("EPOCHS", "3"))
NAME = os.environ.get("NAME", "base")

for epoch in range(EPOCHS):
    print(f"epoch {epoch} - loss: {LR / (epoch + 1):.4f}")
