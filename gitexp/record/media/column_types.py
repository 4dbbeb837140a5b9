"""What a table's columns hold: wandb's tables refuse a text among numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from gitexp.record.media._base import Media

NUMBER, TEXT, FLAG = "number", "string", "boolean"
_KINDS = {int: NUMBER, float: NUMBER, str: TEXT, bool: FLAG}
_OF_DTYPES = {"i": NUMBER, "u": NUMBER, "f": NUMBER, "b": FLAG, "U": TEXT}


def kind_of(value: Any) -> str | None:
    """What a cell is; None: nothing that a column could be known by."""
    known = _KINDS.get(type(value))
    if known is not None:
        return None if known is NUMBER and math.isnan(value) else known
    if isinstance(value, Media):
        return type(value).__name__
    if type(value).__module__ != "numpy":
        return None
    shape = getattr(value, "shape", ())
    return f"arrays of shape {shape}" if shape else _OF_DTYPES.get(value.dtype.kind)


class ColumnTypes:
    """The kinds of a table's columns, as its rows come.

    Args:
        free: any column may hold anything.
    """

    def __init__(self, *, free: bool = False) -> None:
        self._free = free
        self._kinds: dict[Any, str] = {}
        self._needed: set[Any] = set()

    def state(self, column: Any, dtype: Any, *, optional: bool = True) -> None:
        """Say what a column holds: float, str, bool, a class of media, or None for anything."""
        known = _KINDS.get(dtype) if isinstance(dtype, type) else None
        if known is None and isinstance(dtype, type) and issubclass(dtype, Media):
            known = dtype.__name__
        if known is not None:
            self._kinds[column] = known
        if not optional:
            self._needed.add(column)

    def check(self, columns: Sequence[Any], row: Sequence[Any]) -> None:
        """Take in a row.

        Raises:
            TypeError: a cell is of another kind than its column.
        """
        if self._free:
            return
        kinds = self._kinds
        for column, cell in zip(columns, row, strict=True):
            kind = kind_of(cell)
            if kind is None:
                if cell is None and column in self._needed:
                    raise TypeError(f"the column {column!r} holds no None")
            elif kinds.setdefault(column, kind) != kind:
                raise TypeError(
                    f"the column {column!r} holds {kinds[column]}, not {kind}; "
                    "Table(allow_mixed_types=True) takes both"
                )
