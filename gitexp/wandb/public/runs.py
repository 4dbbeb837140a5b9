"""The runs that an Api call found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from gitexp.query.runs import Found
from gitexp.store.repository import Repository
from gitexp.wandb.public.listed import Listed
from gitexp.wandb.public.run import Run

FORMATS = ("default", "pandas", "polars")


class Runs(Listed[Run]):
    """Runs, made when they are looked at.

    Attributes:
        entity, project, filters, order: as they were asked for.
    """

    def __init__(
        self,
        repo: Repository,
        found: Sequence[Found],
        path: str = "",
        filters: Mapping[str, Any] | None = None,
        order: str = "+created_at",
        per_page: int = 50,
    ) -> None:
        super().__init__(found, per_page, title=f"<Runs {path}>", make=partial(Run, repo))
        self.entity, _, self.project = path.rpartition("/")
        self.filters = dict(filters or {})
        self.order = order

    def upgrade_to_full(self) -> None:
        """Do nothing: everything is here."""

    def histories(
        self,
        samples: int = 500,
        keys: list[str] | None = None,
        x_axis: str = "_step",
        format: str = "default",
        stream: str = "default",
    ) -> Any:
        """The rows of all of them, each with a `run_id`.

        Args:
            samples: of each run, at most.
            keys: see `Run.history`.
            x_axis: see `Run.history`.
            format: "default" for a list of dicts, "pandas" or "polars" for a data frame.
            stream: see `Run.history`.

        Raises:
            ValueError: the format is none of these.
        """
        if format not in FORMATS:
            raise ValueError(f"format {format!r} is none of {FORMATS}")
        rows = [
            {**row, "run_id": run.id}
            for run in self
            for row in run.history(samples, keys, x_axis, pandas=False, stream=stream)
        ]
        if format == "default":
            return rows
        if format == "polars":
            import polars as pl

            return pl.DataFrame(
                rows, schema=sorted({key for row in rows for key in row}), infer_schema_length=None
            )
        import pandas as pd

        frame = pd.DataFrame.from_records(rows)
        return frame[sorted(frame.columns)]
