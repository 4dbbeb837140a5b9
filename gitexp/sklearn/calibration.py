"""How well a classifier's probabilities are what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gitexp.record.guard import guarded
from gitexp.sklearn._charts import log_chart, needed, needs_a, needs_fit

_BINS = 10
_IDEAL = "Perfectly calibrated"


@guarded("plot_calibration_curve()")
def plot_calibration_curve(
    clf: Any = None, X: Any = None, y: Any = None, clf_name: str = "Classifier"
) -> None:
    """Log the calibration of a classifier that is calibrated, beside a logistic regression.

    Copies of it are fitted on a tenth of the data and judged by the rest.

    Args:
        clf: a fitted classifier; it is not changed.
        X: (samples, features).
        y: (samples,) of 0 and 1; there is no such chart of other classes.
        clf_name: in the legend.
    """
    import numpy as np
    from sklearn.model_selection import train_test_split

    needed("plot_calibration_curve()", clf=clf, X=X, y=y)
    needs_a("classifier", clf)
    needs_fit(clf)
    true = np.asarray(y)
    if not has_two_classes(true):
        raise ValueError("a calibration curve is of the classes 0 and 1")
    split = train_test_split(_positive(clf, X), true, test_size=0.9, random_state=42)
    rows: list[list[Any]] = [[_IDEAL, 0, 0, 0, 0], [_IDEAL, 1, 1, 0, 0]]
    for name, model in _models(clf, clf_name):
        rows += _curve(name, model, *split)
    columns = [
        "model", "fraction_of_positives", "mean_predicted_value", "hist_dict", "edge_dict"
    ]  # fmt: skip
    fields = {"x": "mean_predicted_value", "y": "fraction_of_positives", "stroke": "model"}
    log_chart("calibration_curve", "line", columns, rows, fields, "Calibration curve")


def has_two_classes(y: Any) -> bool:
    """Whether classes, an array, are 0 and 1."""
    return y.dtype.kind in "biuf" and bool(((y == 0) | (y == 1)).all())


def _positive(clf: Any, X: Any) -> Any:
    """Features as the classifier can take them."""
    from sklearn.naive_bayes import ComplementNB

    return X - X.min() if isinstance(clf, ComplementNB) else X


def _models(clf: Any, name: str) -> Iterator[tuple[str, Any]]:
    from sklearn.base import clone
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression

    yield "Logistic", LogisticRegression(C=1.0)
    for method in ("isotonic", "sigmoid"):
        calibrated = CalibratedClassifierCV(clone(clf), cv=2, method=method)
        yield f"{name} {method.title()}", calibrated


def _curve(
    name: str, model: Any, X_train: Any, X_test: Any, y_train: Any, y_test: Any
) -> list[list[Any]]:
    """Rows: model, share of positives, mean probability, samples in the bin, its lower edge."""
    import numpy as np
    from sklearn.calibration import calibration_curve

    scores = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]
    positives, means = calibration_curve(y_test, scores, n_bins=_BINS)
    counts, edges = np.histogram(scores, bins=_BINS)
    return [
        [name, round(float(share), 3), round(float(mean), 3), int(count), float(edge)]
        for share, mean, count, edge in zip(positives, means, counts, edges, strict=False)
    ]
