"""Two ranks of one training print in turn, each line with its process."""

for step in range(3):
    for rank in range(2):
        print(f"[rank {rank}] step {step} loss {(rank + 1) / (step + 1):.3f}")
