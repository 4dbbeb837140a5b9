"""LightGBM that prints its rounds: each of them once."""

import lightgbm
import numpy as np

features = np.arange(200, dtype=np.float64).reshape(100, 2)
target = (features[:, 0] > 99).astype(np.float64)
data = lightgbm.Dataset(features, target)
settings = {"objective": "binary", "metric": "binary_error", "num_leaves": 4, "verbose": -1}
lightgbm.train(settings, data, 3, valid_sets=[data], callbacks=[lightgbm.log_evaluation()])
