"""One loss given to TensorBoard and to gitexp: it is one metric; what one has alone stays."""

import math

from torch.utils.tensorboard import SummaryWriter

import gitexp

writer = SummaryWriter("runs/two")
for step in range(3):
    loss = math.exp(-step)
    writer.add_scalar("Loss/train", loss, step)
    writer.add_scalar("extra", 100 + math.sqrt(step), step)
    gitexp.log({"train_loss": loss}, step=step)
    print(f"step {step} train loss {loss:.4f}")
writer.close()
