"""Charts of any estimator: its scores, its learning curve, what it looks at most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitexp.record import api
from gitexp.record.guard import guarded, warn
from gitexp.sklearn._charts import MOST_POINTS, log_chart, needed, needs_a, needs_fit

_IMPORTANCES = ("feature_importances_", "feature_log_prob_", "coef_")


@guarded("plot_summary_metrics()")
def plot_summary_metrics(
    model: Any = None, X: Any = None, y: Any = None, X_test: Any = None, y_test: Any = None
) -> None:
    """Log scores on test data, to two digits.

    Accuracy and weighted precision, recall and F1 of a classifier; mean absolute and squared
    error and R² of a regressor.

    Args:
        model: fitted.
        X: accepted for wandb's sake.
        y: accepted for wandb's sake.
        X_test: (samples, features).
        y_test: (samples,).
    """
    needed("plot_summary_metrics()", model=model, X_test=X_test, y_test=y_test)
    needs_a("classifier or regressor", model)
    needs_fit(model)
    scores = _scores(model, X_test, y_test)
    name = type(model).__name__
    log_chart(
        "summary_metrics",
        "bar",
        ["metric_name", "metric_value", "model_name"],
        [[metric, value, name] for metric, value in scores.items()],
        {"label": "metric_name", "value": "metric_value"},
        "Summary metrics",
    )


def _scores(model: Any, X: Any, y: Any) -> dict[str, float]:
    from sklearn import base, metrics

    predicted = model.predict(X)
    if base.is_classifier(model):
        weighted = {"average": "weighted", "zero_division": 0}
        found = {
            "accuracy_score": metrics.accuracy_score(y, predicted),
            "precision": metrics.precision_score(y, predicted, **weighted),
            "recall": metrics.recall_score(y, predicted, **weighted),
            "f1_score": metrics.f1_score(y, predicted, **weighted),
        }
    else:
        found = {
            "mae": metrics.mean_absolute_error(y, predicted),
            "mse": metrics.mean_squared_error(y, predicted),
            "r2_score": metrics.r2_score(y, predicted),
        }
    return {name: round(float(value), 2) for name, value in found.items()}


@guarded("plot_learning_curve()")
def plot_learning_curve(
    model: Any = None,
    X: Any = None,
    y: Any = None,
    cv: Any = None,
    shuffle: bool = False,
    random_state: Any = None,
    train_sizes: Any = None,
    n_jobs: int = 1,
    scoring: Any = None,
) -> None:
    """Log scores of copies of the model that are fitted on more and more of the data.

    Args:
        model: an estimator; it is not changed.
        X: (samples, features).
        y: (samples,).
        cv: as `sklearn.model_selection.learning_curve` takes it, as all that follow.
        shuffle: see `cv`.
        random_state: see `cv`.
        train_sizes: by default 5 sizes from a tenth to all.
        n_jobs: see `cv`.
        scoring: see `cv`.
    """
    import numpy as np
    from sklearn.model_selection import learning_curve

    needed("plot_learning_curve()", model=model, X=X, y=y)
    needs_a("classifier or regressor", model)
    sizes, train, test = learning_curve(
        model,
        X,
        y,
        cv=cv,
        shuffle=shuffle,
        random_state=random_state,
        train_sizes=np.linspace(0.1, 1.0, 5) if train_sizes is None else train_sizes,
        n_jobs=n_jobs,
        scoring=scoring,
    )
    rows = [
        [dataset, round(score, 2), int(size)]
        for size, *scores in zip(sizes, train.mean(axis=1), test.mean(axis=1), strict=True)
        for dataset, score in zip(("train", "test"), map(float, scores), strict=True)
    ]
    fields = {"x": "train_size", "y": "score", "stroke": "dataset"}
    columns = ["dataset", "score", "train_size"]
    log_chart("learning_curve", "line", columns, rows, fields, "Learning curve")


@guarded("plot_feature_importances()")
def plot_feature_importances(
    model: Any = None,
    feature_names: Sequence[Any] | None = None,
    title: str = "Feature importances",
    max_num_features: int = MOST_POINTS,
) -> None:
    """Log what an estimator looks at most.

    Of one that does not say, None is logged, so that the steps of a script are those of any other.

    Args:
        model: fitted, with feature_importances_, feature_log_prob_ or coef_; of several classes
            the mean of the absolute values counts.
        feature_names: by default those it was fitted with, else numbers.
        title: of the chart.
        max_num_features: the most important ones are kept.
    """
    import numpy as np

    needed("plot_feature_importances()", model=model)
    needs_a("classifier or regressor", model)
    needs_fit(model)
    found = next((name for name in _IMPORTANCES if hasattr(model, name)), None)
    if found is None:
        warn(f"a {type(model).__name__} has none of {', '.join(_IMPORTANCES)}: no chart of them")
        api.log({"feature_importances": None})
        return
    values = np.asarray(getattr(model, found), dtype=float).squeeze()
    if values.ndim > 1:
        values = np.abs(values).mean(axis=0)
    values = np.atleast_1d(values)
    if feature_names is None:
        feature_names = getattr(model, "feature_names_in_", None)
    names = list(range(len(values))) if feature_names is None else list(feature_names)
    order = np.argsort(values)[::-1][:max_num_features]
    rows = [[_plain(names[at]), float(values[at])] for at in order]
    fields = {"label": "feature_names", "value": "importances"}
    columns = ["feature_names", "importances"]
    log_chart("feature_importances", "bar", columns, rows, fields, title)


def _plain(name: Any) -> Any:
    return name if isinstance(name, int) else str(name)
