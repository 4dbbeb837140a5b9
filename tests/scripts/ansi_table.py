"""A table with colours, its header first."""

print("\x1b[1m  epoch    train_loss    valid_acc     dur\x1b[0m")
print("-------  ------------  -----------  ------")
for epoch in range(1, 4):
    loss, accuracy = f"\x1b[36m{1 / epoch:.4f}\x1b[0m", f"\x1b[32m{0.3 * epoch:.4f}\x1b[0m"
    print(f"      {epoch}        {loss}       {accuracy}  0.0100")
