"""scikit-learn: charts of estimators, searches as runs, estimators kept without pickle.

from gitexp import sklearn

sklearn.plot_classifier(model, X_train, X_test, y_train, y_test, y_pred, y_probas, labels)
sklearn.log_search(GridSearchCV(...).fit(X, y))
sklearn.save_model(model)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gitexp.sklearn.calibration import plot_calibration_curve as plot_calibration_curve
    from gitexp.sklearn.classifier import plot_class_proportions as plot_class_proportions
    from gitexp.sklearn.classifier import plot_classifier as plot_classifier
    from gitexp.sklearn.classifier import plot_confusion_matrix as plot_confusion_matrix
    from gitexp.sklearn.classifier import plot_precision_recall as plot_precision_recall
    from gitexp.sklearn.classifier import plot_roc as plot_roc
    from gitexp.sklearn.clusterer import plot_clusterer as plot_clusterer
    from gitexp.sklearn.clusterer import plot_elbow_curve as plot_elbow_curve
    from gitexp.sklearn.clusterer import plot_silhouette as plot_silhouette
    from gitexp.sklearn.models import load_model as load_model
    from gitexp.sklearn.models import save_model as save_model
    from gitexp.sklearn.regressor import plot_outlier_candidates as plot_outlier_candidates
    from gitexp.sklearn.regressor import plot_regressor as plot_regressor
    from gitexp.sklearn.regressor import plot_residuals as plot_residuals
    from gitexp.sklearn.search import log_search as log_search
    from gitexp.sklearn.shared import plot_feature_importances as plot_feature_importances
    from gitexp.sklearn.shared import plot_learning_curve as plot_learning_curve
    from gitexp.sklearn.shared import plot_summary_metrics as plot_summary_metrics

_HOMES = {
    "load_model": "models",
    "log_search": "search",
    "plot_calibration_curve": "calibration",
    "plot_class_proportions": "classifier",
    "plot_classifier": "classifier",
    "plot_clusterer": "clusterer",
    "plot_confusion_matrix": "classifier",
    "plot_elbow_curve": "clusterer",
    "plot_feature_importances": "shared",
    "plot_learning_curve": "shared",
    "plot_outlier_candidates": "regressor",
    "plot_precision_recall": "classifier",
    "plot_regressor": "regressor",
    "plot_residuals": "regressor",
    "plot_roc": "classifier",
    "plot_silhouette": "clusterer",
    "plot_summary_metrics": "shared",
    "save_model": "models",
}

__all__ = [
    "load_model",
    "log_search",
    "plot_calibration_curve",
    "plot_class_proportions",
    "plot_classifier",
    "plot_clusterer",
    "plot_confusion_matrix",
    "plot_elbow_curve",
    "plot_feature_importances",
    "plot_learning_curve",
    "plot_outlier_candidates",
    "plot_precision_recall",
    "plot_regressor",
    "plot_residuals",
    "plot_roc",
    "plot_silhouette",
    "plot_summary_metrics",
    "save_model",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(
            f"module 'gitexp.sklearn' has no attribute {name!r}; it has {', '.join(__all__)}"
        )
    from importlib import import_module

    value = getattr(import_module(f"gitexp.sklearn.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
