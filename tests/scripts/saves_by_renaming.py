"""Files that are never torn: saved under a temporary name, in three manners, then renamed."""

import os
import tempfile

import torch

model = torch.nn.Linear(2, 2)
for epoch in range(2):
    state = {"epoch": epoch, "model": model.state_dict()}
    torch.save(state, "renamed.pt.tmp")
    os.replace("renamed.pt.tmp", "renamed.pt")

with tempfile.NamedTemporaryFile(dir=".", delete=False) as file:
    torch.save(model.state_dict(), file.file)
os.replace(file.name, "best.pt")

os.makedirs("tmp-state-7")
torch.save(model.state_dict(), "tmp-state-7/weights.pt")
os.rename("tmp-state-7", "state-7")

torch.save(model.state_dict(), "left.pt.tmp")
