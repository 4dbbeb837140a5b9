"""All runs beside a question: which fit it, which come nearest, and in what they differ."""

from __future__ import annotations

import heapq

import orjson

from gitexp.query.nearest import MISSING, rank, same_value
from gitexp.query.runs import Runs
from gitexp.schema.diff import ValueDelta
from gitexp.schema.run import FINISHED, RUNNING
from gitexp.schema.tried import Question


class Table:
    """All runs, by number from the newest, beside a question.

    Attributes:
        rows: the runs' facets, newest first.
    """

    def __init__(self, runs: Runs, question: Question) -> None:
        self.rows = runs.facets()
        self._question = question
        self._command = orjson.dumps(question.command)
        # One text for all of them is read in half the time.
        texts = b",".join(row.config for row in self.rows) if question.config else b""
        configs = orjson.loads(b"[" + texts + b"]") if question.config else []
        self._apart, self._there = rank(question.config, configs)

    def fits(self, row: int) -> bool:
        """Whether a run did what is asked, on whatever code and data."""
        asked = self._question
        if not asked.command:
            return not asked.config or not self._apart[row]
        return self.is_command(row) and all(
            same_value(asked.config[key], self._there[key][row]) for key in asked.assigned
        )

    def is_command(self, row: int) -> bool:
        """Whether a run was given the command that is asked about, in its folder."""
        if not self._question.command:
            return True
        facets = self.rows[row]
        return facets.command == self._command and facets.cwd == self._question.cwd

    def nearest(self, fitting: set[int], limit: int | None) -> list[int]:
        """The runs whose configs come nearest, nearest first; those with none of the keys not."""
        farthest = len(self._there)
        rest = (
            row
            for row, apart in enumerate(self._apart)
            if row not in fitting and (apart < farthest or self._shares(row))
        )
        # Of equals the newest, which has the lowest number.
        return heapq.nsmallest(limit or len(self.rows), rest, key=self._apart.__getitem__)

    def _shares(self, row: int) -> bool:
        return any(column[row] is not MISSING for column in self._there.values())

    def best_first(self, rows: list[int]) -> list[int]:
        """Finished runs, then running ones, then the rest; of each the newest first."""
        order = {FINISHED: 0, RUNNING: 1}
        return sorted(rows, key=lambda row: order.get(self.rows[row].status, 2))

    def deltas(self, row: int) -> tuple[ValueDelta, ...]:
        """The asked keys that a run has other values of."""
        if not self._question.config or not self._apart[row]:
            return ()
        values = {key: column[row] for key, column in self._there.items()}
        return tuple(
            ValueDelta(key, (asked, None if there is MISSING else there))
            for key, there in values.items()
            if repr(asked := self._question.config[key]) != repr(there)
        )
