"""`wandb.plot`: charts of data that people have as tables, lists and predictions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gitexp.record.guard import warn
from gitexp.record.media._base import MissingLibrary
from gitexp.record.media.chart import ChartSpec, CustomChart, plot_table, visualize
from gitexp.record.media.table import Table

__all__ = [
    "CustomChart",
    "bar",
    "confusion_matrix",
    "histogram",
    "line",
    "line_series",
    "plot_table",
    "pr_curve",
    "roc_curve",
    "scatter",
    "visualize",
    "viz",
]

CustomChartSpec = ChartSpec
viz = visualize

_DIGITS = 3  # of the points of a curve, as wandb rounds them


def line(
    table: Any,
    x: str,
    y: str,
    stroke: str | None = None,
    title: str = "",
    split_table: bool = False,
) -> CustomChart:
    """Columns as a line, one for each value of the column `stroke`."""
    fields = {"x": x, "y": y, "stroke": stroke}
    chart = plot_table("wandb/line/v0", table, fields, {"title": title}, split_table)
    if stroke is None:
        del chart.fields["stroke"]
    return chart


def scatter(table: Any, x: str, y: str, title: str = "", split_table: bool = False) -> CustomChart:
    """Columns as points."""
    return plot_table("wandb/scatter/v0", table, {"x": x, "y": y}, {"title": title}, split_table)


def bar(
    table: Any, label: str, value: str, title: str = "", split_table: bool = False
) -> CustomChart:
    """Columns as bars."""
    fields = {"label": label, "value": value}
    return plot_table("wandb/bar/v0", table, fields, {"title": title}, split_table)


def histogram(table: Any, value: str, title: str = "", split_table: bool = False) -> CustomChart:
    """A column's distribution."""
    return plot_table("wandb/histogram/v0", table, {"value": value}, {"title": title}, split_table)


def line_series(
    xs: Iterable[Any],
    ys: Iterable[Iterable[Any]],
    keys: Iterable[str] | None = None,
    title: str = "",
    xname: str = "x",
    split_table: bool = False,
) -> CustomChart:
    """Several lines.

    Args:
        xs: one x axis for all, or one for each line.
        ys: the lines.
        keys: their names.
        title: of the chart.
        xname: of the x axis.
        split_table: see `plot_table`.

    Raises:
        ValueError: there are not as many names or axes as lines.
    """
    lines: list[Any] = list(ys)
    first: list[Any] = list(xs)
    shared = not first or isinstance(first[0], str) or not hasattr(first[0], "__iter__")
    axes = [first] * len(lines) if shared else first
    named = list(keys) if keys is not None else [f"line_{n}" for n in range(len(lines))]
    if len(axes) != len(lines):
        raise ValueError(f"{len(axes)} x axes for {len(lines)} lines")
    if len(named) != len(lines):
        raise ValueError(f"{len(named)} keys for {len(lines)} lines")
    rows = [
        [x, name, y]
        for axis, name, points in zip(axes, named, lines, strict=True)
        for x, y in zip(axis, points, strict=False)
    ]
    columns = ["step", "lineKey", "lineVal"]
    spec = ChartSpec(
        "wandb/lineseries/v0",
        {name: name for name in columns},
        {"title": title, "xname": xname},
        split_table=split_table,
    )
    drawn = {"x": "step", "y": "lineVal", "stroke": "lineKey", "x_title": xname or "x"}
    return CustomChart("line", Table(columns=columns, data=rows), drawn, title, spec)


def confusion_matrix(
    probs: Any = None,
    y_true: Any = None,
    preds: Any = None,
    class_names: Sequence[str] | None = None,
    title: str = "Confusion Matrix Curve",
    split_table: bool = False,
) -> CustomChart:
    """How often each class was taken for which.

    Args:
        probs: (samples, classes), instead of `preds`.
        y_true: class numbers, or names out of `class_names`.
        preds: the same.
        class_names: by default Class_1, Class_2, ….
        title: of the chart.
        split_table: see `plot_table`.

    Raises:
        ValueError: not exactly one of probs and preds is given, or the lengths differ.
    """
    import numpy as np

    if probs is not None and preds is not None:
        raise ValueError("a confusion matrix takes probs or preds, not both")
    if (probs is None and preds is None) or y_true is None:
        raise ValueError("a confusion matrix needs y_true and either probs or preds")
    told = np.argmax(np.asarray(probs), axis=1) if preds is None else np.asarray(preds).ravel()
    true = np.asarray(y_true).ravel()
    if len(true) != len(told):
        raise ValueError("there are not as many predictions as true labels")
    names, places = _classes(np.unique(np.concatenate([true, told])).tolist(), class_names)
    counts: Any = np.zeros((len(names), len(names)))
    for one, other in zip(true.tolist(), told.tolist(), strict=True):
        counts[places[one], places[other]] += 1
    rows = [
        [names[i], names[j], float(counts[i, j])]
        for i in range(len(names))
        for j in range(len(names))
    ]
    columns = ["Actual", "Predicted", "nPredictions"]
    return plot_table(
        "wandb/confusion_matrix/v1",
        Table(columns=columns, data=rows),
        {name: name for name in columns},
        {"title": title},
        split_table,
    )


def _classes(
    kinds: Sequence[Any], class_names: Sequence[str] | None
) -> tuple[list[str], dict[Any, int]]:
    """Names of classes, and where each stands among them.

    Raises:
        ValueError: there are not as many names as classes.
    """
    if class_names is None:
        names = [f"Class_{n + 1}" for n in range(len(kinds))]
        return names, {kind: n for n, kind in enumerate(kinds)}
    numbers = all(isinstance(kind, int) for kind in kinds)
    names = [str(name) for name in class_names]
    if len(names) < len(kinds):
        raise ValueError(f"{len(names)} class names for {len(kinds)} classes")
    if numbers and kinds and kinds[0] >= 0 and kinds[-1] < len(names):
        return names, {kind: kind for kind in kinds}
    if not numbers and {str(kind) for kind in kinds} <= set(names):
        return names, {kind: names.index(str(kind)) for kind in kinds}
    return names, {kind: n for n, kind in enumerate(kinds)}


def roc_curve(
    y_true: Any = None,
    y_probas: Any = None,
    labels: Sequence[str] | None = None,
    classes_to_plot: Sequence[Any] | None = None,
    title: str = "ROC Curve",
    split_table: bool = False,
) -> CustomChart:
    """True against false positives of each class.

    Args:
        y_true: (samples,) classes.
        y_probas: (samples, classes).
        labels: the classes' names.
        classes_to_plot: by default all.
        title: of the chart.
        split_table: see `plot_table`.

    Raises:
        ValueError: scikit-learn is missing.
    """
    metrics = _sklearn_metrics("a ROC curve")

    def points(true: Any, scores: Any) -> tuple[Any, Any]:
        false_rate, true_rate, _ = metrics.roc_curve(true, scores)
        return false_rate, true_rate

    rows = _for_classes(points, y_true, y_probas, labels, classes_to_plot)
    fields = {"x": "fpr", "y": "tpr", "class": "class"}
    axes = ("False positive rate", "True positive rate")
    return _curve(["class", "fpr", "tpr"], rows, fields, title, axes, split_table)


def pr_curve(
    y_true: Any = None,
    y_probas: Any = None,
    labels: Sequence[str] | None = None,
    classes_to_plot: Sequence[Any] | None = None,
    interp_size: int = 21,
    title: str = "Precision-Recall Curve",
    split_table: bool = False,
) -> CustomChart:
    """Precision against recall of each class, at `interp_size` recalls; else as `roc_curve`."""
    import numpy as np

    metrics = _sklearn_metrics("a precision-recall curve")
    grid = np.linspace(0, 1, interp_size)[::-1]

    def points(true: Any, scores: Any) -> tuple[Any, Any]:
        precision, recall, _ = metrics.precision_recall_curve(true, scores)
        # The best precision at this recall or a higher one.
        precision = np.maximum.accumulate(precision)
        at = np.searchsorted(recall[::-1], grid, side="left")
        return precision[::-1][at], grid

    rows = _for_classes(points, y_true, y_probas, labels, classes_to_plot)
    fields = {"x": "recall", "y": "precision", "class": "class"}
    columns = ["class", "precision", "recall"]
    return _curve(columns, rows, fields, title, ("Recall", "Precision"), split_table)


def _sklearn_metrics(what: str) -> Any:
    try:
        from sklearn import metrics
    except ImportError:
        raise MissingLibrary("scikit-learn", what) from None
    return metrics


def _for_classes(
    points: Any, y_true: Any, y_probas: Any, labels: Any, chosen: Sequence[Any] | None
) -> list[list[Any]]:
    """Rows of each class that was asked for: its name and what `points` gives for it."""
    import numpy as np

    true, scores = np.asarray(y_true), np.asarray(y_probas)
    kinds = np.unique(true)
    if scores.ndim == 1:  # of the second of two classes
        scores = np.stack([1 - scores, scores], axis=1)
    if len(true) != len(scores) or len(kinds) > scores.shape[1]:
        raise ValueError(f"{len(true)} classes, probabilities of shape {scores.shape}")
    whole = kinds.dtype.kind in "iu"
    rows = []
    for n, kind in enumerate(kinds.tolist()):
        if chosen is not None and kind not in list(chosen):
            continue
        # A class that is missing among the true ones has its column all the same.
        column = kind if whole and 0 <= kind < scores.shape[1] else n
        name = labels[kind] if labels is not None and whole and kind < len(labels) else kind
        xs, ys = points(true == kind, scores[:, column])
        pairs = np.round(np.stack([xs, ys], axis=1), _DIGITS).tolist()
        rows += [[name, x, y] for x, y in pairs]
    return rows


def _curve(
    columns: list[str],
    rows: list[list[Any]],
    fields: Mapping[str, str],
    title: str,
    axes: tuple[str, str],
    split_table: bool,
) -> CustomChart:
    """A chart of curves, of no more points than wandb's tables may have."""
    if len(rows) > Table.MAX_ROWS:
        from sklearn.utils import resample

        warn(f"the chart has {Table.MAX_ROWS} of its points: a table holds no more rows")
        kept = resample(
            list(range(len(rows))),
            replace=False,
            n_samples=Table.MAX_ROWS,
            random_state=42,
            stratify=[row[0] for row in rows],
        )
        rows = sorted((rows[at] for at in kept), key=lambda row: (row[1], row[2], row[0]))
    texts = {"title": title, "x-axis-title": axes[0], "y-axis-title": axes[1]}
    chart = plot_table(
        "wandb/area-under-curve/v0",
        Table(columns=columns, data=rows, allow_mixed_types=True),
        fields,
        texts,
        split_table,
    )
    chart.fields = {"x": fields["x"], "y": fields["y"], "stroke": fields["class"]}
    return chart
