"""Trains nothing: it prints numbers that are no metrics."""

import sys

temperature = 0.8
num_samples = 2
print(f"Python {sys.version}")
print("Loading out/ckpt-500.pt (3.2 MB)")
for sample in range(num_samples):
    print(f"--- {sample} ---")
    print("ROMEO: 12 nights, and 3 days: thou art 1.5 leagues away")
print("torch.Size([64, 3, 28, 28])")
