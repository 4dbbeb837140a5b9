"""Tables in parts, and tables that say what their columns are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gitexp.record.media._base import Media, MediaFolder
from gitexp.record.media.table import Table


class PartitionedTable(Media):
    """All tables below a folder of an artifact, read as one.

    `artifact.add(PartitionedTable("parts"), "all")` says where they are; `artifact.get("all")`
    gives a table whose rows can be read.

    Attributes:
        parts_path: the folder in the artifact.
    """

    def __init__(self, parts_path: str, parts: Sequence[Table] = ()) -> None:
        self.parts_path = parts_path
        self._parts = list(parts)

    @property
    def columns(self) -> list[Any]:
        """The columns of all parts.

        Raises:
            ValueError: they differ.
        """
        for part in self._parts:
            if part.columns != self._parts[0].columns:
                raise ValueError(
                    f"the parts have other columns: {self._parts[0].columns}, {part.columns}"
                )
        return self._parts[0].columns if self._parts else []

    def iterrows(self) -> Iterator[tuple[int, list[Any]]]:
        """Row numbers and rows of all parts, in the order of their names.

        Raises:
            ValueError: their columns differ.
        """
        if self.columns:
            rows = (row for part in self._parts for row in part.data)
            yield from enumerate(rows)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PartitionedTable) and self.parts_path == other.parts_path

    def __hash__(self) -> int:
        return hash(self.parts_path)

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """What stands in an artifact, or in metrics.jsonl."""
        return {"_type": "partitioned-table", "parts_path": self.parts_path}


class EvalTable(Table):
    """A table of an evaluation: what went in, what came out, how well.

    Attributes:
        roles: input, output and score → names of columns.
    """

    def __init__(
        self,
        columns: Sequence[Any] | None = None,
        data: Any = None,
        *args: Any,
        input_columns: Sequence[str] | None = None,
        output_columns: Sequence[str] | None = None,
        score_columns: Sequence[str] | None = None,
        backend: Any = None,
        unsupported_media_mode: Any = None,
        **keywords: Any,
    ) -> None:
        """As Table.

        Args:
            columns: by default those that have a role, else a dataframe's.
            data: as Table's.
            args: as Table's.
            input_columns: what went in.
            output_columns: what came out; by default the columns that have no other role.
            score_columns: how well.
            backend: accepted for wandb's sake, as is `unsupported_media_mode`.
            unsupported_media_mode: see `backend`.
            keywords: as Table's.
        """
        inputs, scores = list(input_columns or ()), list(score_columns or ())
        named = [*inputs, *(output_columns or ()), *scores]
        super().__init__(
            columns if columns is not None else named or None, data, *args, **keywords
        )
        rest = [name for name in self.columns if name not in (*inputs, *scores)]
        outputs = list(output_columns) if output_columns is not None else rest
        self.roles = {"input": inputs, "output": outputs, "score": scores}

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """As Table; with the roles."""
        return {**super().keep(folder, key), "roles": self.roles}
