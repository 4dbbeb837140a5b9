"""`wandb.plot`: charts as a table of their data and a description of how to draw it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitexp.record.media._base import Media, MediaFolder, MissingLibrary
from gitexp.record.media.table import Table


class CustomChart(Media):
    """A chart for log().

    Attributes:
        table: the data.
        kind: line, scatter, bar, histogram, ….
        fields: what each column is drawn as: {"x": column, "y": column, …}.
    """

    def __init__(self, kind: str, table: Any, fields: dict[str, Any], title: str | None) -> None:
        self.table = table if isinstance(table, Table) else Table(data=table)
        self.kind, self.fields, self.title = kind, fields, title or ""

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write the data; returns what stands in metrics.jsonl."""
        told = {"kind": self.kind, "title": self.title, "fields": self.fields}
        return {**self.table.keep(folder, key), "_type": "chart", **told}


def line(
    table: Any, x: str, y: str, stroke: str | None = None, title: str | None = None, **unused: Any
) -> CustomChart:
    """Columns as a line, one for each value of the column `stroke`."""
    fields = {"x": x, "y": y} | ({"stroke": stroke} if stroke else {})
    return CustomChart("line", table, fields, title)


def scatter(table: Any, x: str, y: str, title: str | None = None, **unused: Any) -> CustomChart:
    """Columns as points."""
    return CustomChart("scatter", table, {"x": x, "y": y}, title)


def bar(
    table: Any, label: str, value: str, title: str | None = None, **unused: Any
) -> CustomChart:
    """Columns as bars."""
    return CustomChart("bar", table, {"label": label, "value": value}, title)


def histogram(table: Any, value: str, title: str | None = None, **unused: Any) -> CustomChart:
    """A column's distribution."""
    return CustomChart("histogram", table, {"value": value}, title)


def line_series(
    xs: Sequence[Any],
    ys: Sequence[Sequence[Any]],
    keys: Sequence[str] | None = None,
    title: str | None = None,
    xname: str | None = None,
    **unused: Any,
) -> CustomChart:
    """Several lines.

    Args:
        xs: one x axis for all, or one for each line.
        ys: the lines.
        keys: their names.
        title: of the chart.
        xname: of the x axis.
        unused: keywords that wandb takes.

    Raises:
        ValueError: there are not as many names or axes as lines.
    """
    lines = [list(y) for y in ys]
    shared = not len(xs) or not hasattr(xs[0], "__len__")
    axes = [list(xs)] * len(lines) if shared else [list(x) for x in xs]
    named = list(keys) if keys is not None else [f"line_{n}" for n in range(len(lines))]
    if len(axes) != len(lines) or len(named) != len(lines):
        raise ValueError(f"{len(lines)} lines, {len(axes)} x axes, {len(named)} names")
    rows = [
        [x, name, y]
        for axis, name, points in zip(axes, named, lines, strict=True)
        for x, y in zip(axis, points, strict=False)
    ]
    table = Table(columns=["step", "lineKey", "lineVal"], data=rows)
    fields = {"x": "step", "y": "lineVal", "stroke": "lineKey", "x_title": xname or "x"}
    return CustomChart("line", table, fields, title)


def confusion_matrix(
    probs: Any = None,
    y_true: Any = None,
    preds: Any = None,
    class_names: Sequence[str] | None = None,
    title: str | None = None,
    **unused: Any,
) -> CustomChart:
    """How often each class was taken for which.

    Args:
        probs: (samples, classes), instead of `preds`.
        y_true: class numbers, or names out of `class_names`.
        preds: the same.
        class_names: by default Class_1, Class_2, ….
        title: of the chart.
        unused: keywords that wandb takes.

    Raises:
        ValueError: not exactly one of probs and preds is given, or the lengths differ.
    """
    import numpy as np

    if (probs is None) == (preds is None) or y_true is None:
        raise ValueError("a confusion matrix needs y_true and either probs or preds")
    told = np.argmax(np.asarray(probs), axis=1) if preds is None else np.asarray(preds).ravel()
    true = np.asarray(y_true).ravel()
    if len(true) != len(told):
        raise ValueError(f"{len(true)} true classes, {len(told)} predictions")
    kinds = np.unique(np.concatenate([true, told]))
    if class_names is None and kinds.dtype.kind in "iu":
        class_names = [f"Class_{n + 1}" for n in range(int(kinds.max(initial=0)) + 1)]
    names = [str(kind) for kind in (kinds if class_names is None else class_names)]
    numbers = kinds.dtype.kind in "iub"
    places = {kind: int(kind) if numbers else names.index(str(kind)) for kind in kinds.tolist()}
    counts: Any = np.zeros((len(names), len(names)), dtype=int)
    for one, other in zip(true.tolist(), told.tolist(), strict=True):
        counts[places[one], places[other]] += 1
    rows = [
        [names[i], names[j], int(counts[i, j])]
        for i in range(len(names))
        for j in range(len(names))
    ]
    table = Table(columns=["Actual", "Predicted", "nPredictions"], data=rows)
    fields = {"Actual": "Actual", "Predicted": "Predicted", "nPredictions": "nPredictions"}
    return CustomChart("confusion_matrix", table, fields, title or "Confusion Matrix")


def roc_curve(
    y_true: Any,
    y_probas: Any,
    labels: Sequence[str] | None = None,
    classes_to_plot: Sequence[Any] | None = None,
    title: str | None = None,
    **unused: Any,
) -> CustomChart:
    """True against false positives of each class.

    Args:
        y_true: (samples,) classes.
        y_probas: (samples, classes).
        labels: the classes' names.
        classes_to_plot: by default all.
        title: of the chart.
        unused: keywords that wandb takes.

    Raises:
        ValueError: scikit-learn is missing.
    """
    metrics = _sklearn_metrics("a ROC curve")

    def points(true: Any, scores: Any) -> tuple[Any, Any]:
        false_rate, true_rate, _ = metrics.roc_curve(true, scores)
        return false_rate, true_rate

    rows = _for_classes(points, y_true, y_probas, labels, classes_to_plot)
    table = Table(columns=["class", "fpr", "tpr"], data=rows)
    fields = {"x": "fpr", "y": "tpr", "stroke": "class"}
    return CustomChart("roc_curve", table, fields, title or "ROC Curve")


def pr_curve(
    y_true: Any,
    y_probas: Any,
    labels: Sequence[str] | None = None,
    classes_to_plot: Sequence[Any] | None = None,
    interp_size: int = 21,
    title: str | None = None,
    **unused: Any,
) -> CustomChart:
    """Precision against recall of each class, at `interp_size` recalls; else as `roc_curve`."""
    import numpy as np

    metrics = _sklearn_metrics("a precision-recall curve")
    grid = np.linspace(0, 1, interp_size)

    def points(true: Any, scores: Any) -> tuple[Any, Any]:
        precision, recall, _ = metrics.precision_recall_curve(true, scores)
        # The best precision at this recall or a higher one.
        precision = np.maximum.accumulate(precision)
        at = np.searchsorted(recall[::-1], grid, side="left")
        return grid, precision[::-1][at]

    rows = _for_classes(points, y_true, y_probas, labels, classes_to_plot)
    table = Table(columns=["class", "recall", "precision"], data=rows)
    fields = {"x": "recall", "y": "precision", "stroke": "class"}
    return CustomChart("pr_curve", table, fields, title or "Precision-Recall Curve")


def _sklearn_metrics(what: str) -> Any:
    try:
        from sklearn import metrics
    except ImportError:
        raise MissingLibrary("scikit-learn", what) from None
    return metrics


def _for_classes(
    points: Any, y_true: Any, y_probas: Any, labels: Any, chosen: Sequence[Any] | None
) -> list[list[Any]]:
    import numpy as np

    true, probabilities = np.asarray(y_true), np.asarray(y_probas)
    rows = []
    for n, kind in enumerate(np.unique(true)):
        if chosen is not None and kind not in chosen:
            continue
        name = str(kind)
        if labels is not None and np.issubdtype(type(kind), np.integer):
            name = str(labels[int(kind)])
        xs, ys = points(true == kind, probabilities[:, n])
        rows += [
            [name, round(float(x), 6), round(float(y), 6)] for x, y in zip(xs, ys, strict=True)
        ]
    return rows
