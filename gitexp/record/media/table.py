"""Tables whose cells may be media."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import orjson

from gitexp.errors import GitexpError
from gitexp.record.media._base import Media, MediaFolder, digest_of
from gitexp.record.media.column_types import ColumnTypes
from gitexp.record.values import plain_config

INCREMENTAL = "INCREMENTAL"
_MODES = ("IMMUTABLE", "MUTABLE", INCREMENTAL, None)

_COLUMNS = ("Input", "Output", "Expected")
_KEYS = orjson.OPT_NON_STR_KEYS


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
        allow_mixed_types: bool = False,
        log_mode: str | None = None,
    ) -> None:
        """Make a table.

        Args:
            columns: names; by default Input, Output and Expected, or a dataframe's.
            data: rows, a numpy array (rows, columns), or a dataframe.
            rows: as `data`.
            dataframe: a pandas DataFrame, instead.
            dtype: what all columns hold (float, str, bool, a class of media), or a list of such;
                by default what comes first.
            optional: whether a column may hold None, or a list of such.
            allow_mixed_types: whether a column may hold numbers and texts.
            log_mode: "INCREMENTAL" keeps only the rows that are new since the last log(); with
                "IMMUTABLE" and "MUTABLE" each log() keeps all.

        Raises:
            ValueError: a row has not as many cells as there are columns.
            TypeError: a column would hold numbers and texts.
            AssertionError: the columns are no names, the dataframe is none, or there is no such
                mode.
        """
        if log_mode not in _MODES:
            raise AssertionError(f"log_mode {log_mode!r} is none of {_MODES}")
        if dataframe is not None and not hasattr(dataframe, "itertuples"):
            raise AssertionError("dataframe is no pandas DataFrame")
        named = () if columns is None else columns
        if hasattr(named, "itertuples") or not all(isinstance(n, str | int) for n in named):
            raise AssertionError("columns are a list of texts or ints")
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
        self.log_mode = log_mode or "IMMUTABLE"
        self._kept_rows = 0
        self._parts: list[str] = []
        self._types = ColumnTypes(free=allow_mixed_types)
        for n, name in enumerate(self.columns):
            self._types.state(name, _nth(dtype, n), optional=bool(_nth(optional, n)))
        for row in source if source is not None else ():
            self.add_data(*row)

    def add_data(self, *cells: Any) -> None:
        """Append a row.

        Raises:
            ValueError: it has not as many cells as there are columns.
            TypeError: a cell is of another kind than its column.
        """
        if len(cells) != len(self.columns):
            raise ValueError(f"a row of {len(cells)} cells; the columns are {self.columns}")
        self._types.check(self.columns, cells)
        self.data.append(list(cells))

    def add_row(self, *cells: Any) -> None:
        """As `add_data`."""
        self.add_data(*cells)

    def add_column(self, name: str, data: Sequence[Any], optional: bool = False) -> None:
        """Append a column.

        Raises:
            GitexpError: the table grows row by row, with log_mode="INCREMENTAL".
            AssertionError: it exists, or has not as many cells as there are rows.
            TypeError: it would hold numbers and texts.
        """
        self._must_not_grow("add_column")
        cells = list(data)
        if name in self.columns:
            raise AssertionError(f"there is a column {name!r} already")
        if self.columns and self.data and len(cells) != len(self.data):
            raise AssertionError(
                f"a column of {len(cells)} cells; there are {len(self.data)} rows"
            )
        self._types.state(name, None, optional=True)
        for cell in cells:
            self._types.check([name], [cell])
        if not self.columns or not self.data:
            self.data = [[None] * len(self.columns) for _ in cells]
        for row, cell in zip(self.data, cells, strict=True):
            row.append(cell)
        self.columns.append(name)

    def add_computed_columns(self, fn: Callable[[int, dict[str, Any]], dict[str, Any]]) -> None:
        """Append columns that a function of row number and row gives.

        Raises:
            GitexpError: as for `add_column`.
        """
        self._must_not_grow("add_computed_columns")
        found = [fn(n, dict(row)) for n, row in enumerate(self._mappings())]
        for name in found[0] if found else ():
            self.add_column(name, [one[name] for one in found])

    def _must_not_grow(self, what: str) -> None:
        if self.log_mode == INCREMENTAL:
            raise GitexpError(
                f"{what} needs all rows, which log_mode='INCREMENTAL' does not keep",
                "wandb.Table(log_mode='MUTABLE') keeps them",
            )

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
        """Say what a column holds; its cells are kept as they are.

        Raises:
            TypeError: a cell is of another kind.
        """
        self._types.state(col_name, dtype, optional=optional)
        for cell in self.get_column(col_name):
            self._types.check([col_name], [cell])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table) or self.columns != other.columns:
            return False
        return len(self.data) == len(other.data) and all(
            _equal(one, two)
            for row, there in zip(self.data, other.data, strict=True)
            for one, two in zip(row, there, strict=True)
        )

    __hash__ = Media.__hash__

    def _mappings(self) -> list[dict[str, Any]]:
        return [dict(zip(map(str, self.columns), row, strict=True)) for row in self.data]

    def set_pk(self, col_name: str) -> None:
        """Do nothing: rows are known by their number."""

    def set_fk(self, col_name: str, table: Table, table_col: str) -> None:
        """Do nothing: cells are kept as they are."""

    def index_ref(self, index: int) -> int:
        """A row's number."""
        return index

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write the table and what its cells hold; returns what stands in metrics.jsonl.

        With log_mode="INCREMENTAL" only the rows that are new are written; `parts` are the files
        of all rows then, the newest last.
        """
        begin = self._kept_rows if self.log_mode == INCREMENTAL else 0
        rows = [[_cell(cell, folder, key) for cell in row] for row in self.data[begin:]]
        content = orjson.dumps({"columns": self.columns, "data": rows}, option=_KEYS)
        path = folder.put(key, content, "table.json")
        told = {
            "_type": "table",
            "path": path,
            "bytes": len(content),
            "sha256": digest_of(content),
            "columns": self.columns,
            "nrows": len(self.data),
            "ncols": len(self.columns),
        }
        if self.log_mode == INCREMENTAL:
            self._kept_rows = len(self.data)
            self._parts.append(path)
            told |= {"log_mode": INCREMENTAL, "parts": list(self._parts)}
        return told


class JoinedTable(Media):
    """Two tables that belong together by a column that both have."""

    def __init__(self, table1: Table, table2: Table, join_key: str | Sequence[str]) -> None:
        """Join two tables.

        Args:
            table1: one.
            table2: the other.
            join_key: the column, or the one's and the other's.

        Raises:
            ValueError: a table has no such column, or it is no table.
        """
        keys = [join_key, join_key] if isinstance(join_key, str) else list(join_key)
        if len(keys) != 2:
            raise ValueError("a join has one key, or one of each table")
        for table, key in zip((table1, table2), keys, strict=True):
            if not isinstance(table, Table):
                raise ValueError(f"a {type(table).__name__} is no Table")
            if key not in table.columns:
                raise ValueError(f"there is no column {key!r}; there are {table.columns}")
        self._tables, self._keys = (table1, table2), keys
        self.join_key = join_key

    @property
    def tables(self) -> tuple[Table, Table]:
        """Both."""
        return self._tables

    def joined(self) -> Table:
        """Rows of both whose keys are equal, those without a partner too."""
        one, other = self._tables
        at, there = (t.columns.index(k) for t, k in zip(self._tables, self._keys, strict=True))
        rest = [n for n in range(len(other.columns)) if n != there]
        partners: dict[str, list[list[Any]]] = {}
        for row in other.data:
            partners.setdefault(str(row[there]), []).append(row)
        rows, seen = [], set()
        for row in one.data:
            seen.add(str(row[at]))
            for partner in partners.get(str(row[at]), [[None] * len(other.columns)]):
                rows.append([*row, *(partner[n] for n in rest)])
        for key, alone in partners.items():
            for partner in alone if key not in seen else ():
                row = [None] * len(one.columns)
                row[at] = partner[there]
                rows.append([*row, *(partner[n] for n in rest)])
        columns = [*one.columns, *_free(other, rest, one.columns)]
        return Table(columns=columns, data=rows, allow_mixed_types=True)

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write the joined table and both of its parts."""
        parts = [table.keep(folder, key) for table in self._tables]
        told = self.joined().keep(folder, key)
        return {**told, "join_key": self._keys, "joined": parts}


def _nth(given: Any, n: int) -> Any:
    """What a keyword says of the n-th column: one thing for all, or a list."""
    if isinstance(given, list):
        return given[n] if n < len(given) else None
    return given


def _equal(one: Any, other: Any) -> bool:
    equal = one == other
    return bool(equal.all()) if hasattr(equal, "all") else bool(equal)


def _free(table: Table, columns: Sequence[int], taken: Sequence[Any]) -> list[str]:
    """Names of columns, with a 2 behind those that the other table has as well."""
    names = [str(table.columns[n]) for n in columns]
    return [f"{name}.2" if name in taken else name for name in names]


def _cell(cell: Any, folder: MediaFolder, key: str) -> Any:
    from gitexp.record.media.coerce import keep_media

    kind = type(cell)
    if kind is str or kind is int or kind is bool or cell is None:
        return plain_config(cell)
    if kind is not float and (kept := keep_media(cell, folder, key, arrays=False)) is not None:
        return kept
    return plain_config(cell)
