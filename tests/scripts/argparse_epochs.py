"""In the manner of the PyTorch examples: argparse, a loop of epochs."""

import argparse

parser = argparse.ArgumentParser()
parser.add_argument("-b", "--batch-size", type=int, default=64)
parser.add_argument("--lr", type=float, default=1.0)
parser.add_argument("--no-cuda", action="store_true")
parser.add_argument("data", nargs="?", default="digits")
args = parser.parse_args()
print(args)
for epoch in range(1, 4):
    for batch in (0, 640):
        print(
            f"Train Epoch: {epoch} [{batch}/1280 ({batch / 12.8:.0f}%)]\t"
            f"Loss: {args.lr / (epoch + batch / 1280):.6f}"
        )
    right = 90 + epoch
    print(f"\nTest set: Average loss: {0.5 / epoch:.4f}, Accuracy: {right}/100 ({right}%)\n")
