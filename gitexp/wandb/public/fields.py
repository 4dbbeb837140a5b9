"""What wandb calls the facts of a run: for filters, for orders, for the attributes of a run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gitexp.query.runs import Found
from gitexp.schema import tree
from gitexp.schema.run import FAILED, FINISHED, INTERRUPTED, KILLED, RUNNING
from gitexp.wandb.public.filters import MISSING
from gitexp.wandb.shapes import SUMMARY, Shapes, whole

UNCATEGORIZED = "uncategorized"
_STATES = {
    FINISHED: "finished",
    FAILED: "failed",
    KILLED: "crashed",
    INTERRUPTED: "killed",
    RUNNING: "running",
}
_ALIASES = {
    "createdAt": "created_at",
    "displayName": "display_name",
    "heartbeatAt": "finished_at",
    "heartbeat_at": "finished_at",
    "jobType": "job_type",
    "summaryMetrics": "summary_metrics",
    "sweepName": "sweep",
    "sweep_name": "sweep",
    "updated_at": "finished_at",
}


def told_of(facts: Mapping[str, Any]) -> Mapping[str, Any]:
    """What init() was told that gitexp has no field for: id, name, project, entity."""
    told = (facts.get("capture") or {}).get("wandb")
    return told if isinstance(told, dict) else {}


def id_of(facts: Mapping[str, Any]) -> str:
    """The id that was asked for, else gitexp's own."""
    return str(told_of(facts).get("id") or facts.get("id"))


def display_name(facts: Mapping[str, Any]) -> str:
    """The name that was asked for, else the ref's."""
    return str(told_of(facts).get("name") or facts.get("name"))


def project_of(facts: Mapping[str, Any]) -> str:
    """The project that was named; a repository is one."""
    return str(told_of(facts).get("project") or UNCATEGORIZED)


def state_of(facts: Mapping[str, Any]) -> str:
    """wandb's word for how it ended."""
    status = str(facts.get("status"))
    return _STATES.get(status, status)


def summary_of(
    facts: Mapping[str, Any],
    logged: Mapping[str, Any] | None = None,
    shapes: Shapes | None = None,
) -> dict[str, Any]:
    """One value for each metric, nested as wandb has it: last values, and what was set.

    Args:
        facts: run.json's.
        logged: what else was logged last, see `last_values`; it is in metrics.jsonl only.
        shapes: of the run.
    """
    shapes = shapes or Shapes(id_of(facts))
    told: dict[str, Any] = {}
    for key, value in (facts.get("summary") or {}).items():
        tree.put(told, key, shapes.shown(tree.finite(value), key, SUMMARY))
    summary: dict[str, Any] = {}
    last = -1
    for key, metric in (facts.get("metrics") or {}).items():
        last = max(last, metric.get("last_step") or 0)
        if key not in told:
            number = tree.number(metric.get("last"))
            summary[key] = number if number is None else whole(number)
    summary.update((key, value) for key, value in (logged or {}).items() if key not in told)
    # {}: a metric that is to have none.
    summary |= {key: value for key, value in told.items() if value != {}}
    if last >= 0:
        summary.setdefault("_step", last)
    if facts.get("duration_s") is not None:
        summary["_runtime"] = facts["duration_s"]
    return summary


def lookup(found: Found, key: str) -> Any:
    """A field as a filter names it; MISSING if the run has none."""
    facts = found.peek()
    head, dot, rest = key.partition(".")
    head = _ALIASES.get(head, head)
    if dot:
        if head == "config":
            return _below(facts.get("config") or {}, rest.removesuffix(".value"))
        if head in ("summary_metrics", "summary"):
            return _below(summary_of(facts), rest)
        return MISSING
    simple: dict[str, Callable[[Mapping[str, Any]], Any]] = {
        "name": id_of,
        "id": id_of,
        "display_name": display_name,
        "state": state_of,
        "project": project_of,
        "entity": lambda facts: told_of(facts).get("entity"),
        "username": lambda facts: str(facts.get("author", "")).partition(" <")[0],
        "sweep": lambda facts: (facts.get("lineage") or {}).get("sweep"),
        "duration": lambda facts: facts.get("duration_s"),
    }
    if head in simple:
        return simple[head](facts)
    value = facts.get(head, MISSING)
    return value if value is not None or head in facts else MISSING


def _below(nested: Mapping[str, Any], dotted: str) -> Any:
    if dotted in nested:
        return nested[dotted]
    value: Any = nested
    for part in dotted.split("."):
        if not isinstance(value, Mapping) or part not in value:
            return MISSING
        value = value[part]
    return value
