"""From arrays to a chart in the active run: names of classes, rows that are not too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitexp.record import api
from gitexp.record.media.chart import CustomChart
from gitexp.record.media.table import Table

MOST_POINTS = 2_000  # of a chart's series


def log_chart(
    key: str, kind: str, columns: Sequence[str], rows: Any, fields: dict[str, Any], title: str
) -> None:
    """Log a chart as a step of its own.

    Args:
        key: the metric's.
        kind: line, scatter, bar, ….
        columns: names.
        rows: of plain numbers and texts.
        fields: what each column is drawn as.
        title: of the chart.
    """
    table = Table(columns=columns, data=rows, allow_mixed_types=True)
    api.log({key: CustomChart(kind, table, fields, title, as_table=False)})


def thinned(n: int) -> Any:
    """Which of n points are kept: evenly spread, the first and the last among them."""
    import numpy as np

    return np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(int))


def names_of(kinds: Any, labels: Sequence[Any] | None, *, by_place: bool = False) -> list[Any]:
    """Classes as people know them.

    Args:
        kinds: (classes,) all of them, in order.
        labels: names of the classes 0, 1, …; None: classes are called by themselves.
        by_place: classes that are texts, and not among as many labels, are called by these, too.

    Returns:
        A name for each class, a text or a number.
    """
    plain = [kind.item() if hasattr(kind, "item") else kind for kind in kinds]
    if labels is None:
        return plain
    known = [label.item() if hasattr(label, "item") else label for label in labels]
    if all(isinstance(kind, int) and not isinstance(kind, bool) for kind in plain):
        return [known[kind] if 0 <= kind < len(known) else kind for kind in plain]
    if by_place and len(known) == len(plain) and not set(known) & set(plain):
        return known
    return plain


def matrix_of(X: Any) -> Any:
    """Features as a dense array (samples, features) of floats.

    Raises:
        ValueError: they are no numbers.
    """
    import numpy as np

    dense = X.toarray() if hasattr(X, "toarray") else X
    return np.asarray(dense, dtype=float)


def needed(what: str, **given: Any) -> None:
    """State what a chart cannot do without.

    Raises:
        ValueError: something is None.
    """
    missing = [name for name, value in given.items() if value is None]
    if missing:
        raise ValueError(f"{what} needs {', '.join(missing)}")


def needs_a(kind: str, model: Any) -> None:
    """State what sort of estimator a chart is of.

    Args:
        kind: "classifier", "regressor" or both, with " or " between them.
        model: an estimator.

    Raises:
        ValueError: it is of another sort.
    """
    if not any(_is(part, model) for part in kind.split(" or ")):
        raise ValueError(f"a {type(model).__name__} is no {kind}")


def _is(kind: str, model: Any) -> bool:
    from sklearn import base

    try:
        return bool(
            {"classifier": base.is_classifier, "regressor": base.is_regressor}[kind](model)
        )
    except AttributeError:  # a library whose estimators have no tags
        return getattr(model, "_estimator_type", None) == kind


def needs_fit(model: Any) -> None:
    """State that an estimator has to be fitted.

    Raises:
        sklearn.exceptions.NotFittedError: it is not.
    """
    import numpy as np
    from sklearn.exceptions import NotFittedError

    try:
        model.predict(np.zeros((1, 1)))
    except NotFittedError:
        raise
    except Exception:  # noqa: BLE001 - it is fitted, to other features
        return
