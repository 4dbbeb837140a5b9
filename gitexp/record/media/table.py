"""Tables whose cells may be media."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from gitexp.record.media._base import Media, MediaFolder
from gitexp.record.values import plain_config

_COLUMNS = ("Input", "Output", "Expected")


class Table(Media):
    """Rows and columns for log().

    Attributes:
        columns: names.
        data: rows, lists of cells.
    """

    MAX_ROWS = 10_000
    MAX_ARTIFACT_ROWS = 200_000

    def __init__(
        self,
        columns: Sequence[Any] | None = None,
        data: Any = None,
        rows: Any = None,
        dataframe: Any = None,
        dtype: Any = None,
        optional: Any = True,
        allow_mixed_types: bool = True,
        log_mode: str | None = None,
    ) -> None:
        """Make a table.

        Args:
            columns: names; by default Input, Output and Expected, or a dataframe's.
            data: rows, a numpy array (rows, columns), or a dataframe.
            rows: as `data`.
            dataframe: a pandas DataFrame, instead.
            dtype: accepted for wandb's sake, as are `optional` and `allow_mixed_types`.
            optional: see `dtype`.
            allow_mixed_types: see `dtype`.
            log_mode: accepted; every log() of a table keeps all of its rows.

        Raises:
            ValueError: a row has not as many cells as there are columns.
        """
        source = data if data is not None else rows
        if dataframe is None and hasattr(source, "columns") and hasattr(source, "itertuples"):
            dataframe = source
        self.columns: list[Any]
        self.data: list[list[Any]] = []
        if dataframe is not None:
            self.columns = [str(name) for name in dataframe.columns]
            source = dataframe.itertuples(index=False, name=None)
        else:
            self.columns = [name if isinstance(name, int) else str(name) for name in (
                columns if columns is not None else _COLUMNS)]  # fmt: skip
        self.log_mode = log_mode
        for row in source if source is not None else ():
            self.add_data(*row)

    def add_data(self, *cells: Any) -> None:
        """Append a row.

        Raises:
            ValueError: it has not as many cells as there are columns.
        """
        if len(cells) != len(self.columns):
            raise ValueError(f"a row of {len(cells)} cells; the columns are {self.columns}")
        self.data.append(list(cells))

    def add_row(self, *cells: Any) -> None:
        """As `add_data`."""
        self.add_data(*cells)

    def add_column(self, name: str, data: Sequence[Any], optional: bool = False) -> None:
        """Append a column.

        Raises:
            ValueError: it exists, or has not as many cells as there are rows.
        """
        cells = list(data)
        if name in self.columns:
            raise ValueError(f"there is a column {name!r} already")
        if self.columns and self.data and len(cells) != len(self.data):
            raise ValueError(f"a column of {len(cells)} cells; there are {len(self.data)} rows")
        if not self.columns or not self.data:
            self.data = [[None] * len(self.columns) for _ in cells]
        for row, cell in zip(self.data, cells, strict=True):
            row.append(cell)
        self.columns.append(name)

    def add_computed_columns(self, fn: Callable[[int, dict[str, Any]], dict[str, Any]]) -> None:
        """Append columns that a function of row number and row gives."""
        found = [fn(n, dict(row)) for n, row in enumerate(self._mappings())]
        for name in found[0] if found else ():
            self.add_column(name, [one[name] for one in found])

    def get_column(self, name: str, convert_to: str | None = None) -> Any:
        """A column's cells; convert_to="numpy" makes them an array.

        Raises:
            ValueError: there is no such column.
        """
        at = self.columns.index(name)
        cells = [row[at] for row in self.data]
        if convert_to == "numpy":
            import numpy as np

            return np.array(cells)
        return cells

    def get_dataframe(self) -> Any:
        """The table as a pandas DataFrame."""
        import pandas as pd

        return pd.DataFrame(self.data, columns=self.columns)

    def get_index(self) -> list[int]:
        """Row numbers."""
        return list(range(len(self.data)))

    def iterrows(self) -> Iterator[tuple[int, list[Any]]]:
        """Row numbers and rows."""
        yield from enumerate(self.data)

    def cast(self, col_name: str, dtype: Any, optional: bool = False) -> None:
        """Do nothing: cells are kept as they are."""

    def _mappings(self) -> list[dict[str, Any]]:
        return [dict(zip(map(str, self.columns), row, strict=True)) for row in self.data]

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write the table and what its cells hold; returns what stands in metrics.jsonl."""
        rows = [[_cell(cell, folder, key) for cell in row] for row in self.data]
        content = orjson.dumps({"columns": self.columns, "data": rows})
        path = folder.put(key, content, "table.json")
        shape = {"nrows": len(rows), "ncols": len(self.columns)}
        return {"_type": "table", "path": path, "columns": self.columns, **shape}


def _cell(cell: Any, folder: MediaFolder, key: str) -> Any:
    from gitexp.record.media.coerce import keep_media

    kind = type(cell)
    if kind is str or kind is int or kind is bool or cell is None:
        return plain_config(cell)
    if kind is not float and (kept := keep_media(cell, folder, key, arrays=False)) is not None:
        return kept
    return plain_config(cell)
