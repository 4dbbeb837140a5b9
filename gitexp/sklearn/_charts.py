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
    table = Table(columns=columns, data=rows)
    api.log({key: CustomChart(kind, table, fields, title, as_table=False)})


def thinned(n: int) -> Any:
    """Which of n points are kept: evenly spread, the first and the last among them."""
    import numpy as np

    return np.unique(np.linspace(0, n - 1, min(n, MOST_POINTS)).round().astype(int))


def name_of(kind: Any, labels: Sequence[Any] | None) -> str:
    """A class as people know it: its place in `labels` if it is a number, else itself."""
    plain = kind.item() if hasattr(kind, "item") else kind
    if labels is not None and isinstance(plain, int) and 0 <= plain < len(labels):
        return str(labels[plain])
    return str(plain)


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
