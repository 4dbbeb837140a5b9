"""Checkpoints that hold a namespace, a random state and an object of the script's own."""

import argparse
import pickle

import numpy as np
import torch


class Config:
    width = 3


model = torch.nn.Linear(2, 2)
state = {
    "model": model.state_dict(),
    "args": argparse.Namespace(lr=0.1, epochs=2),
    "config": Config(),
    "numpy": np.random.RandomState(0).get_state(),
    "iter_num": 7,
}
torch.save(state, "odd.pt")
np.savez("weights.npz", w=np.ones(3), b=np.zeros(1))
np.save("data.npy", np.ones(3))
torch.save([torch.ones(2)], "data.pt")
with open("plain.pkl", "wb") as file:
    pickle.dump({"not": "an estimator"}, file)
