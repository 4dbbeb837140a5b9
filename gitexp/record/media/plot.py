"""`wandb.plot`: charts as a table of their data and a description of how to draw it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from gitexp.record.media._base import Media, MediaFolder, MissingLibrary
from gitexp.record.media.table import Table
from gitexp.record.values import plain_config

# wandb's names of charts that have a kind here; others are drawn as their table.
_SPECS = {
    "wandb/area-under-curve/v0": "line",
    "wandb/bar/v0": "bar",
    "wandb/confusion_matrix/v0": "confusion_matrix",
    "wandb/confusion_matrix/v1": "confusion_matrix",
    "wandb/histogram/v0": "histogram",
    "wandb/line/v0": "line",
    "wandb/lineseries/v0": "line",
    "wandb/scatter/v0": "scatter",
}
_MOST_POINTS = 1_000  # of one line of a curve
_DIGITS = 3  # of its points, as wandb rounds them


class CustomChart(Media):
    """A chart for log().

    Attributes:
        table: the data.
        kind: line, scatter, bar, histogram, ….
        fields: what each column is drawn as: {"x": column, "y": column, …}.
        spec: the name of wandb's chart that it was made for.
    """

    spec: str | None = None

    def __init__(self, kind: str, table: Any, fields: dict[str, Any], title: str | None) -> None:
        self.table = table if isinstance(table, Table) else Table(data=table)
        self.kind, self.fields, self.title = kind, fields, title or ""

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write the data; returns what stands in metrics.jsonl."""
        told = {"kind": self.kind, "title": self.title, "fields": plain_config(self.fields)}
        if self.spec:
            told["spec"] = self.spec
        return {**self.table.keep(folder, key), "_type": "chart", **told}


def plot_table(
    vega_spec_name: str,
    data_table: Any,
    fields: Mapping[str, Any],
    string_fields: Mapping[str, Any] | None = None,
    split_table: bool = False,
) -> CustomChart:
    """A table with the name of a chart that wandb knows how to draw.

    Args:
        vega_spec_name: "wandb/bar/v0", "me/my-chart", …; kept as the chart's `spec`.
        data_table: the data.
        fields: what the spec calls a field → column.
        string_fields: what the spec calls a text → text; `title` is the chart's.
        split_table: accepted for wandb's sake.

    Raises:
        ValueError: the data is no table.
    """
    texts = dict(string_fields or {})
    if not isinstance(data_table, Table):
        raise ValueError(f"plot_table() takes a Table, not a {type(data_table).__name__}")
    kind = _SPECS.get(vega_spec_name, "table")
    told = {**fields, **{key: text for key, text in texts.items() if key != "title"}}
    chart = CustomChart(kind, data_table, told, texts.get("title"))
    chart.spec = vega_spec_name
    return chart


def visualize(id: str, value: Any) -> CustomChart:
    """A table with the name of a chart, as old scripts call it."""
    return plot_table(id, value, {})


viz = visualize


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
    xs: Iterable[Any],
    ys: Iterable[Iterable[Any]],
    keys: Iterable[str] | None = None,
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
    lines, first = [list(y) for y in ys], list(xs)
    shared = not first or isinstance(first[0], str) or not hasattr(first[0], "__iter__")
    axes = [first] * len(lines) if shared else [list(x) for x in first]
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
    names, places = _classes(np.unique(np.concatenate([true, told])).tolist(), class_names)
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


def _classes(
    kinds: Sequence[Any], class_names: Sequence[str] | None
) -> tuple[list[str], dict[Any, int]]:
    """Names of classes, and where each stands among them.

    Raises:
        ValueError: there are not as many names as classes.
    """
    numbers = all(isinstance(kind, int) for kind in kinds)
    if class_names is None:
        if not numbers:
            return [str(kind) for kind in kinds], {kind: n for n, kind in enumerate(kinds)}
        class_names = [f"Class_{n + 1}" for n in range(len(kinds))]
    names = [str(name) for name in class_names]
    if numbers and kinds and kinds[0] >= 0 and kinds[-1] < len(names):
        return names, {kind: kind for kind in kinds}
    if not numbers and {str(kind) for kind in kinds} <= set(names):
        return names, {kind: names.index(str(kind)) for kind in kinds}
    if len(names) < len(kinds):
        raise ValueError(f"{len(names)} class names for {len(kinds)} classes")
    return names, {kind: n for n, kind in enumerate(kinds)}


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
    grid = np.linspace(1, 0, interp_size)

    def points(true: Any, scores: Any) -> tuple[Any, Any]:
        precision, recall, _ = metrics.precision_recall_curve(true, scores)
        # The best precision at this recall or a higher one.
        precision = np.maximum.accumulate(precision)
        at = np.searchsorted(recall[::-1], grid, side="left")
        return precision[::-1][at], grid

    rows = _for_classes(points, y_true, y_probas, labels, classes_to_plot)
    table = Table(columns=["class", "precision", "recall"], data=rows)
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
        if chosen is not None and kind not in chosen:
            continue
        # A class that is missing among the true ones has its column all the same.
        column = kind if whole and 0 <= kind < scores.shape[1] else n
        name = labels[kind] if labels is not None and whole and kind < len(labels) else kind
        xs, ys = points(true == kind, scores[:, column])
        kept = np.unique(np.linspace(0, len(xs) - 1, min(len(xs), _MOST_POINTS)).round())
        rows += [
            [str(name), round(float(xs[at]), _DIGITS), round(float(ys[at]), _DIGITS)]
            for at in kept.astype(int)
        ]
    return rows
