"""scikit-learn: split, search, score; the printed results are those that were computed."""

from sklearn.datasets import load_iris
from sklearn.linear_model import RidgeClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import GridSearchCV, cross_val_score, train_test_split

X, y = load_iris(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
model = RidgeClassifier(alpha=0.5).fit(X_train, y_train)
print(f"Train accuracy: {model.score(X_train, y_train):.4f}")
print(f"Test accuracy: {accuracy_score(y_test, model.predict(X_test)):.4f}")
print(f"CV accuracy: {cross_val_score(model, X, y, cv=3).mean():.4f}")
search = GridSearchCV(RidgeClassifier(), {"alpha": [0.1, 10.0]}, cv=3).fit(X_train, y_train)
print("best", search.best_params_)
