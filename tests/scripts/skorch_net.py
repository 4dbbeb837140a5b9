"""skorch prints its table; the numbers are those of its history."""

import numpy as np
import torch
from skorch import NeuralNetClassifier

torch.manual_seed(0)
features = np.random.default_rng(0).normal(size=(20, 2)).astype(np.float32)
module = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Softmax(dim=-1))
for parameter in module.parameters():
    torch.nn.init.zeros_(parameter)
options = {"train_split": None, "callbacks__print_log": None}
net = NeuralNetClassifier(module, max_epochs=2, lr=0.0, **options)
net.fit(features, np.array([0, 1] * 10))
