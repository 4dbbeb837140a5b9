"""How well a classifier's probabilities are what they say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gitexp.record.guard import guarded
from gitexp.sklearn._charts import log_chart, needed

_BINS = 10
_IDEAL = "Perfectly calibrated"


@guarded("plot_calibration_curve()")
def plot_calibration_curve(
    clf: Any = None, X: Any = None, y: Any = None, clf_name: str = "Classifier"
) -> None:
    """Log the calibration of a classifier, as it is and calibrated, beside a logistic regression.

    Copies of it are fitted on a tenth of the data and judged by the rest.

    Args:
        clf: a classifier of two classes; it is not changed.
        X: (samples, features).
        y: (samples,) classes.
        clf_name: in the legend.
    """
    import numpy as np
    from sklearn.model_selection import train_test_split

    needed("plot_calibration_curve()", clf=clf, X=X, y=y)
    true = np.asarray(y)
    kinds = np.unique(true)
    if len(kinds) != 2:
        raise ValueError(f"a calibration curve is of two classes, not of {len(kinds)}")
    true = (true == kinds[1]).astype(int)
    split = train_test_split(X, true, test_size=0.9, random_state=42)
    rows: list[list[Any]] = [[_IDEAL, 0, 0, 0, 0], [_IDEAL, 1, 1, 0, 0]]
    for name, model in _models(clf, clf_name):
        rows += _curve(name, model, *split)
    columns = [
        "model", "fraction_of_positives", "mean_predicted_value", "hist_dict", "edge_dict"
    ]  # fmt: skip
    fields = {"x": "mean_predicted_value", "y": "fraction_of_positives", "stroke": "model"}
    log_chart("calibration_curve", "line", columns, rows, fields, "Calibration curve")


def _models(clf: Any, name: str) -> Iterator[tuple[str, Any]]:
    from sklearn.base import clone
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.linear_model import LogisticRegression

    yield "Logistic", LogisticRegression(C=1.0)
    yield name, clone(clf)
    for method in ("isotonic", "sigmoid"):
        calibrated = CalibratedClassifierCV(clone(clf), cv=2, method=method)
        yield f"{name} {method.title()}", calibrated


def _curve(
    name: str, model: Any, X_train: Any, X_test: Any, y_train: Any, y_test: Any
) -> list[list[Any]]:
    """Rows: model, share of positives, mean probability, samples in the bin, its lower edge."""
    import numpy as np
    from sklearn.calibration import calibration_curve

    model.fit(X_train, y_train)
    if hasattr(model, "predict_proba"):
        scores = model.predict_proba(X_test)[:, 1]
    else:
        scores = model.decision_function(X_test)
        scores = (scores - scores.min()) / max(float(np.ptp(scores)), 1e-12)
    positives, means = calibration_curve(y_test, scores, n_bins=_BINS)
    counts, edges = np.histogram(scores, bins=_BINS)
    return [
        [name, float(share), float(mean), int(count), float(edge)]
        for share, mean, count, edge in zip(positives, means, counts, edges, strict=False)
    ]
