"""Charts of a regressor: where it is wrong, and which samples pull it."""

from __future__ import annotations

from typing import Any

from gitexp.record.guard import guarded
from gitexp.sklearn._charts import log_chart, matrix_of, needed, needs_a, needs_fit
from gitexp.sklearn.shared import plot_learning_curve, plot_summary_metrics

# As many rows as wandb's charts have.
_MOST_OUTLIERS = 1_001
_MOST_RESIDUALS = 101  # of each part


@guarded("plot_regressor()")
def plot_regressor(
    model: Any,
    X_train: Any,
    X_test: Any,
    y_train: Any,
    y_test: Any,
    model_name: str = "Regressor",
) -> None:
    """Log all charts of a fitted regressor, each as a step of its own.

    Args:
        model: fitted; it is not changed.
        X_train: (samples, features).
        X_test: (samples, features).
        y_train: (samples,).
        y_test: (samples,).
        model_name: accepted for wandb's sake.
    """
    plot_summary_metrics(model, X_train, y_train, X_test, y_test)
    plot_learning_curve(model, X_train, y_train)
    plot_outlier_candidates(model, X_train, y_train)
    plot_residuals(model, X_train, y_train)


@guarded("plot_outlier_candidates()")
def plot_outlier_candidates(regressor: Any = None, X: Any = None, y: Any = None) -> None:
    """Log each sample's influence: Cook's distance and leverage.

    Args:
        regressor: fitted; a copy of it is fitted again.
        X: (samples, features).
        y: (samples,).

    Source: R. D. Cook, "Detection of Influential Observation in Linear Regression", 1977.
    """
    import numpy as np
    from sklearn.base import clone

    needed("plot_outlier_candidates()", regressor=regressor, X=X, y=y)
    needs_a("regressor", regressor)
    needs_fit(regressor)
    features, true = matrix_of(X), np.asarray(y, dtype=float).ravel()
    n, width = features.shape
    # The diagonal of the matrix that projects onto the features' span.  (samples,)
    leverage = np.einsum("ij,ji->i", features, np.linalg.pinv(features))
    residuals = true - np.asarray(clone(regressor).fit(X, y).predict(X)).ravel()
    freedom = max(n - np.linalg.matrix_rank(features), 1)
    variance = max(float(residuals @ residuals) / freedom, np.finfo(float).tiny)
    # A leverage of 1 means that the sample alone decides: its distance is infinite.
    with np.errstate(divide="ignore", invalid="ignore"):
        distance = residuals**2 / (variance * width) * leverage / (1 - leverage) ** 2
    threshold = 4 / n
    share = round(float((distance >= threshold).mean()) * 100, 3)
    most = np.argsort(-np.nan_to_num(distance, posinf=np.inf), kind="stable")[:_MOST_OUTLIERS]
    rows = [
        [float(distance[at]), int(at), share, threshold, float(leverage[at])]
        for at in np.sort(most)
    ]
    columns = [
        "distance", "instance_indicies", "outlier_percentage", "influence_threshold", "leverage"
    ]  # fmt: skip
    fields = {"x": "instance_indicies", "y": "distance", "threshold": "influence_threshold"}
    log_chart("outlier_candidates", "scatter", columns, rows, fields, "Outlier candidates")


@guarded("plot_residuals()")
def plot_residuals(regressor: Any = None, X: Any = None, y: Any = None) -> None:
    """Log predictions and how far off they are, of a copy that is fitted on four fifths.

    Which these are, numpy's global seed decides.

    Args:
        regressor: a fitted estimator; it is not changed.
        X: (samples, features).
        y: (samples,).
    """
    import numpy as np
    from sklearn.base import clone
    from sklearn.model_selection import train_test_split

    needed("plot_residuals()", regressor=regressor, X=X, y=y)
    needs_a("regressor", regressor)
    needs_fit(regressor)
    parts = train_test_split(X, np.asarray(y, dtype=float), test_size=0.2)
    model = clone(regressor).fit(parts[0], parts[2])
    scores = [float(model.score(parts[at], parts[at + 2])) for at in (0, 1)]
    rows = []
    for dataset, features, true in (("train", parts[0], parts[2]), ("test", parts[1], parts[3])):
        predicted = np.asarray(model.predict(features)).ravel()
        off = predicted - true.ravel()
        rows += [
            [dataset, float(predicted[at]), float(off[at]), *scores]
            for at in range(min(len(off), _MOST_RESIDUALS))
        ]
    columns = ["dataset", "y_pred", "residuals", "train_score", "test_score"]
    fields = {"x": "y_pred", "y": "residuals", "stroke": "dataset"}
    log_chart("residuals", "scatter", columns, rows, fields, "Residuals")
