"""scikit-learn: fit, print the score, dump."""

import joblib
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

features, target = load_iris(return_X_y=True)
model = make_pipeline(StandardScaler(), LogisticRegression(C=0.5))
model.fit(features, target)
print(f"Accuracy: {model.score(features, target):.4f}")
joblib.dump(model, "model.joblib")
