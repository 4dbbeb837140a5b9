"""Histograms over the steps of a run, as the app draws them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from gitexp.schema.histogram import KINDS
from gitexp.schema.tree import number

LOGGED = "logged"  # the kind of histograms that the script logged itself

_STATISTICS = ("mean", "std", "norm", "min", "max", "zeros", "update_ratio", "saturated")
_MOST_BINS = 512
MOST_SERIES = 400


class HistogramSeries:
    """Histograms of many tensors, fed line by line; of a long run every second, fourth, … is kept.

    Args:
        steps: most steps of each tensor, >= 2.
    """

    def __init__(self, steps: int = 128) -> None:
        self._limit = steps
        self._found: dict[tuple[str, str], _Tensor] = {}

    def add(self, line: Mapping[str, Any]) -> None:
        """Take in a line of histograms.jsonl; one that is none is passed over."""
        kind, name, step = line.get("kind"), line.get("name"), line.get("_step")
        if kind not in KINDS or not isinstance(name, str) or not isinstance(step, int):
            return
        bins, counts = _numbers(line.get("bins")), _numbers(line.get("counts"))
        statistics = {key: number(line.get(key)) for key in _STATISTICS}
        self._add(f"{kind}s", f"{kind}s/{name}", step, bins, counts, statistics)

    def add_logged(self, items: Iterable[Mapping[str, Any]]) -> None:
        """Take in the histograms among the items of `media_items`."""
        for item in items:
            if item.get("type") == "histogram":
                edges, counts = _numbers(item.get("bins")), _numbers(item.get("values"))
                self._add(LOGGED, str(item["key"]), item["step"], edges, counts, {})

    def _add(
        self,
        kind: str,
        name: str,
        step: int,
        edges: list[float],
        counts: list[float],
        statistics: Mapping[str, float | None],
    ) -> None:
        tensor = self._found.get((kind, name))
        if tensor is None:
            if len(self._found) >= MOST_SERIES:
                return
            tensor = self._found[(kind, name)] = _Tensor(self._limit)
        if len(edges) == 2 and len(counts) > 1:
            edges = _equal_bins(edges[0], edges[1], len(counts))
        if len(edges) != len(counts) + 1:
            edges, counts = [], []  # a tensor that held NaN has no bins
        tensor.add((step, edges, counts, statistics))

    def to_json(self) -> dict[str, Any]:
        """{"series": [{name, kind, steps, edges, counts, stats: {mean: [...], …}}, …]}.

        `edges` of a step are one more than its counts; null where the tensor held numbers that
        are not finite, or nothing.
        """
        return {
            "series": [
                {
                    "name": name,
                    "kind": kind,
                    "steps": [row[0] for row in tensor.rows],
                    "edges": [row[1] or None for row in tensor.rows],
                    "counts": [row[2] for row in tensor.rows],
                    "stats": tensor.statistics(),
                }
                for (kind, name), tensor in self._found.items()
            ]
        }


_Row = tuple[int, list[float], list[float], Mapping[str, float | None]]


class _Tensor:
    def __init__(self, limit: int) -> None:
        self.rows: list[_Row] = []
        self._limit = limit
        self._stride = 1
        self._seen = 0

    def add(self, row: _Row) -> None:
        if self._seen % self._stride == 0:
            self.rows.append(row)
        self._seen += 1
        if len(self.rows) > self._limit:
            del self.rows[1::2]
            self._stride *= 2

    def statistics(self) -> dict[str, list[float | None]]:
        """Those that any row has; what is not finite is None."""
        keys = dict.fromkeys(
            key for row in self.rows for key, v in row[3].items() if v is not None
        )
        return {key: [_finite(row[3].get(key)) for row in self.rows] for key in keys}


def _equal_bins(low: float, high: float, n: int) -> list[float]:
    width = (high - low) / n
    return [float(f"{low + i * width:.5g}") for i in range(n)] + [high]


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _numbers(values: object) -> list[float]:
    if not isinstance(values, list) or len(values) > _MOST_BINS:
        return []
    found = [number(value) for value in values]
    return [v for v in found if v is not None and math.isfinite(v)] if None not in found else []
