"""XGBoost that prints nothing: evaluations all the same."""

import numpy as np
import xgboost

features = np.arange(40, dtype=np.float32).reshape(20, 2)
target = (features[:, 0] > 19).astype(np.float32)
data = xgboost.DMatrix(features, target)
settings = {"objective": "binary:logistic", "max_depth": 2, "eta": 0.5, "eval_metric": "error"}
xgboost.train(settings, data, 3, evals=[(data, "train")], verbose_eval=False)
