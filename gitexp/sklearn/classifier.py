"""Charts of a classifier: what it confuses, how it ranks, what it was shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitexp.record import api
from gitexp.record.guard import guarded
from gitexp.record.media.plot import pr_curve, roc_curve
from gitexp.sklearn._charts import log_chart, names_of, needed
from gitexp.sklearn.calibration import has_two_classes, plot_calibration_curve
from gitexp.sklearn.shared import (
    plot_feature_importances,
    plot_learning_curve,
    plot_summary_metrics,
)


@guarded("plot_classifier()")
def plot_classifier(
    model: Any,
    X_train: Any,
    X_test: Any,
    y_train: Any,
    y_test: Any,
    y_pred: Any,
    y_probas: Any,
    labels: Sequence[Any] | None = None,
    is_binary: bool = False,
    model_name: str = "Classifier",
    feature_names: Sequence[Any] | None = None,
    log_learning_curve: bool = False,
) -> None:
    """Log all charts of a fitted classifier, each as a step of its own.

    Args:
        model: fitted; it is not changed.
        X_train: (samples, features).
        X_test: (samples, features).
        y_train: (samples,) classes.
        y_test: (samples,) classes.
        y_pred: (samples,) what the model says of X_test.
        y_probas: (samples, classes) its probabilities.
        labels: names of the classes 0, 1, ….
        is_binary: accepted for wandb's sake; the data tells.
        model_name: in the calibration curve's legend.
        feature_names: by default those the model was fitted with.
        log_learning_curve: fits copies of the model on parts of the training data.
    """
    import numpy as np
    from sklearn.naive_bayes import MultinomialNB

    explains = not isinstance(model, MultinomialNB)
    if explains:
        plot_feature_importances(model, feature_names)
    if log_learning_curve:
        plot_learning_curve(model, X_train, y_train)
    plot_confusion_matrix(y_test, y_pred, labels)
    plot_summary_metrics(model, X_train, y_train, X_test, y_test)
    plot_class_proportions(y_train, y_test, labels)
    if explains and has_two_classes(np.asarray(y_train)):
        plot_calibration_curve(model, X_train, y_train, model_name)
    plot_roc(y_test, y_probas, labels)
    plot_precision_recall(y_test, y_probas, labels)


@guarded("plot_confusion_matrix()")
def plot_confusion_matrix(
    y_true: Any = None,
    y_pred: Any = None,
    labels: Sequence[Any] | None = None,
    true_labels: Sequence[Any] | None = None,
    pred_labels: Sequence[Any] | None = None,
    normalize: bool = False,
) -> None:
    """Log how often each class was taken for which.

    Args:
        y_true: (samples,) classes.
        y_pred: (samples,) what a model says.
        labels: names of the classes 0, 1, ….
        true_labels: the only true classes that are shown.
        pred_labels: the only predicted classes that are shown.
        normalize: shares of each true class instead of counts, to two digits.
    """
    import numpy as np
    from sklearn.metrics import confusion_matrix
    from sklearn.utils.multiclass import unique_labels

    needed("plot_confusion_matrix()", y_true=y_true, y_pred=y_pred)
    true, told = np.asarray(y_true), np.asarray(y_pred)
    kinds = unique_labels(true, told)
    counts = confusion_matrix(true, told, labels=kinds)  # (true, predicted)
    if normalize:
        counts = np.around(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), 2)
    called = names_of(kinds, labels, by_place=True)
    rows = [
        [called[j], called[i], counts[i, j].item()]
        for i, one in enumerate(kinds)
        for j, other in enumerate(kinds)
        if (true_labels is None or one in true_labels)
        and (pred_labels is None or other in pred_labels)
    ]
    columns = ["Predicted", "Actual", "Count"]
    fields = {"Actual": "Actual", "Predicted": "Predicted", "nPredictions": "Count"}
    log_chart("confusion_matrix", "confusion_matrix", columns, rows, fields, "Confusion matrix")


@guarded("plot_roc()")
def plot_roc(
    y_true: Any = None,
    y_probas: Any = None,
    labels: Sequence[str] | None = None,
    plot_micro: bool = True,
    plot_macro: bool = True,
    classes_to_plot: Sequence[Any] | None = None,
) -> None:
    """Log true against false positives of each class.

    Args:
        y_true: (samples,) classes.
        y_probas: (samples, classes), or (samples,) of the second of two.
        labels: names of the classes 0, 1, ….
        plot_micro: accepted for wandb's sake.
        plot_macro: accepted for wandb's sake.
        classes_to_plot: by default all.
    """
    needed("plot_roc()", y_true=y_true, y_probas=y_probas)
    api.log({"roc": roc_curve(y_true, y_probas, labels, classes_to_plot)})


@guarded("plot_precision_recall()")
def plot_precision_recall(
    y_true: Any = None,
    y_probas: Any = None,
    labels: Sequence[str] | None = None,
    plot_micro: bool = True,
    classes_to_plot: Sequence[Any] | None = None,
) -> None:
    """Log precision against recall of each class; arguments as `plot_roc`'s."""
    needed("plot_precision_recall()", y_true=y_true, y_probas=y_probas)
    api.log({"precision_recall": pr_curve(y_true, y_probas, labels, classes_to_plot)})


@guarded("plot_class_proportions()")
def plot_class_proportions(
    y_train: Any = None, y_test: Any = None, labels: Sequence[Any] | None = None
) -> None:
    """Log how many samples of each class there are to train and to test with.

    Args:
        y_train: (samples,) classes.
        y_test: (samples,) classes.
        labels: names of the classes 0, 1, ….
    """
    import numpy as np

    needed("plot_class_proportions()", y_train=y_train, y_test=y_test)
    train, test = np.asarray(y_train), np.asarray(y_test)
    kinds = np.unique(np.concatenate([train, test]))
    rows = [
        [name, dataset, int((part == kind).sum())]
        for kind, name in zip(kinds, names_of(kinds, labels), strict=True)
        for dataset, part in (("train", train), ("test", test))
    ]
    columns = ["class", "dataset", "count"]
    fields = {"label": "class", "value": "count", "stroke": "dataset"}
    log_chart("class_proportions", "bar", columns, rows, fields, "Class proportions")
