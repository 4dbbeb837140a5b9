"""What sets runs apart, as the app's compare page gets it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from gitexp.schema.diff import RunDiff, ValueDelta
from gitexp.schema.metrics import json_number


def compare_document(diff: RunDiff) -> dict[str, Any]:
    """A RunDiff as JSON: its fields under their names, numbers that are not finite as words."""
    return {
        "names": diff.names,
        "statuses": diff.statuses,
        "same": diff.same,
        "config": _values(diff.config),
        "metrics": [
            {
                "key": metric.key,
                "goal": metric.goal,
                "last": [json_number(value) for value in metric.last],
                "best": [json_number(value) for value in metric.best],
                "best_step": metric.best_step,
            }
            for metric in diff.metrics
        ],
        "code": [
            {"which": c.which, "files": [asdict(file) for file in c.files], "patch": c.patch}
            for c in diff.code
        ],
        "environment": _values(diff.environment),
        "hardware": _values(diff.hardware),
        "checkpoints": [asdict(checkpoint) for checkpoint in diff.checkpoints],
        "command": None if diff.command is None else _values([diff.command])[0],
        "summary": _values(diff.summary),
    }


def _values(rows: Sequence[ValueDelta]) -> list[dict[str, Any]]:
    return [{"key": row.key, "values": [_plain(v) for v in row.values]} for row in rows]


def _plain(value: Any) -> Any:
    return json_number(value) if isinstance(value, float) else value
