"""scikit-learn: a pipeline that is searched twice and looked at; its scores are the asked ones."""

from sklearn.datasets import load_iris
from sklearn.inspection import permutation_importance
from sklearn.linear_model import RidgeClassifier
from sklearn.model_selection import GridSearchCV, learning_curve
from sklearn.pipeline import make_pipeline

X, y = load_iris(return_X_y=True)
X_test, y_test = X[::3], y[::3]
model = make_pipeline(RidgeClassifier()).fit(X_test, y_test)
print("Test score:", model.score(X_test, y_test))
for alphas in ([1.0], [10.0, 100.0]):
    search = GridSearchCV(model, {"ridgeclassifier__alpha": alphas}, cv=2, refit=False)
    search.fit(X_test, y_test)
permutation_importance(model, X_test, y_test, n_repeats=2, random_state=0)
learning_curve(model, X, y, cv=2, train_sizes=[0.5, 1.0], shuffle=True, random_state=0)
