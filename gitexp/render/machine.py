"""Diffs and series as JSON for programs: numbers in full, non-finite ones as strings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.schema.diff import CodeDelta, MetricDelta, RunDiff, ValueDelta
from gitexp.schema.metrics import json_number
from gitexp.schema.series import Series


def diff_json(diff: RunDiff) -> dict[str, Any]:
    """A diff with what follows from it: deltas, per cent, and whether it is better."""
    return {
        "names": diff.names,
        "statuses": diff.statuses,
        "same": diff.same,
        "config": _values(diff.config),
        "command": diff.command.values if diff.command else None,
        "metrics": [_metric(metric) for metric in diff.metrics],
        "summary": _values(diff.summary),
        "code": [_code(code) for code in diff.code],
        "environment": _values(diff.environment),
        "hardware": _values(diff.hardware),
        "checkpoints": [
            {"label": c.label, "bytes": c.bytes, "tensors": c.tensors, "trees": c.trees}
            for c in diff.checkpoints
        ],
    }


def series_json(name: str, series: Mapping[str, Series]) -> dict[str, Any]:
    """A run's series: three lists of equal length for each metric."""
    return {
        "name": name,
        "metrics": {
            key: {
                "step": points.steps.tolist(),
                "time_s": points.times_s.tolist(),
                "value": [json_number(value) for value in points.values],
            }
            for key, points in series.items()
        },
    }


def _values(rows: Sequence[ValueDelta]) -> dict[str, Any]:
    return {row.key: [_plain(value) for value in row.values] for row in rows}


def _plain(value: Any) -> Any:
    return json_number(value) if isinstance(value, float) else value


def _metric(metric: MetricDelta) -> dict[str, Any]:
    which = range(len(metric.last))
    return {
        "key": metric.key,
        "goal": metric.goal,
        "last": [json_number(value) for value in metric.last],
        "best": [json_number(value) for value in metric.best],
        "best_step": metric.best_step,
        "delta": [json_number(metric.delta(i)) for i in which],
        "delta_pct": [json_number(metric.delta_pct(i)) for i in which],
        "better": [metric.better(i) for i in which],
    }


def _code(code: CodeDelta) -> dict[str, Any]:
    return {
        "which": code.which,
        "files": [
            {
                "path": file.path,
                "status": file.status,
                "added": file.added,
                "removed": file.removed,
                "old_path": file.old_path,
            }
            for file in code.files
        ],
        "patch": code.patch,
    }
