"""Bracketed numbers under a header."""

print("[Epoch] [D loss] [G loss]")
for epoch in range(3):
    print(f"[{epoch}] [{1 / (epoch + 1):.4f}] [{epoch / 4:.4f}]")
