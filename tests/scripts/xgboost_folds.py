"""XGBoost once for each fold, and its own cross-validation: one curve after the other."""

import numpy as np
import xgboost

features = np.arange(40, dtype=np.float32).reshape(20, 2)
target = (features[:, 0] > 19).astype(np.float32)
data = xgboost.DMatrix(features, target)
param = {"objective": "binary:logistic", "max_depth": 2, "eval_metric": "error"}
for fold in range(2):
    part = xgboost.DMatrix(features[fold::2], target[fold::2])
    xgboost.train(param, part, 2, evals=[(data, "test")], verbose_eval=False)
xgboost.cv({**param, "eta": 0.5}, data, 2, nfold=2, as_pandas=False)
