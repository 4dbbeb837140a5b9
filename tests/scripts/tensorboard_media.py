"""TensorBoard: texts, histograms and hyperparameters."""

import numpy as np
from torch.utils.tensorboard import SummaryWriter

writer = SummaryWriter("runs/media")
writer.add_text("note", "first try", 1)
writer.add_histogram("weights", np.linspace(0.0, 63.0, 64), 2)
writer.add_hparams({"lr": 0.1, "optimizer": "adam"}, {"hparam/accuracy": 0.75}, global_step=3)
writer.close()
