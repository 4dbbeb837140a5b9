"""Why a run.json cannot be used: fetched runs and hand-made refs may hold anything."""

from __future__ import annotations

from typing import Any

import orjson

from gitexp.schema.clock import from_iso
from gitexp.schema.run import SCHEMA_VERSION, Run

_DEEPEST = 60  # levels of nesting; readers recurse
_TEXT: tuple[type, ...] = (str,)
_TEXT_OR_NONE: tuple[type, ...] = (str, type(None))
_NUMBER_OR_NONE: tuple[type, ...] = (int, float, type(None))
_STEP_OR_NONE: tuple[type, ...] = (int, type(None))
_VALUE_OR_NONE: tuple[type, ...] = (int, float, str, type(None))
_MAPPING_OR_NONE: tuple[type, ...] = (dict, type(None))

_RUN = {
    "name": _TEXT, "id": _TEXT, "status": _TEXT, "created_at": _TEXT,
    "finished_at": _TEXT_OR_NONE, "duration_s": _NUMBER_OR_NONE, "notes": _TEXT, "author": _TEXT,
    "host": _TEXT, "cwd": _TEXT, "group": _TEXT_OR_NONE, "job_type": _TEXT_OR_NONE,
    "config": _MAPPING_OR_NONE, "summary": _MAPPING_OR_NONE, "metrics": _MAPPING_OR_NONE,
    "git": _MAPPING_OR_NONE, "hardware": _MAPPING_OR_NONE, "lineage": _MAPPING_OR_NONE,
    "error": _MAPPING_OR_NONE, "capture": _MAPPING_OR_NONE, "config_digest": _TEXT,
    "exit_code": _NUMBER_OR_NONE, "signal": _TEXT_OR_NONE,
}  # fmt: skip
_TEXT_LISTS = ("command", "tags", "warnings")
_METRIC = {
    "count": (int,), "last": _VALUE_OR_NONE, "min": _VALUE_OR_NONE, "max": _VALUE_OR_NONE,
    "last_step": (int,), "min_step": _STEP_OR_NONE, "max_step": _STEP_OR_NONE,
    "goal": _TEXT_OR_NONE,
}  # fmt: skip
_HARDWARE = {
    "mean": _MAPPING_OR_NONE, "peak": _MAPPING_OR_NONE, "energy_wh": _NUMBER_OR_NONE,
    "energy_source": _TEXT_OR_NONE, "co2_g": _NUMBER_OR_NONE, "cost": _NUMBER_OR_NONE,
    "currency": _TEXT_OR_NONE,
}  # fmt: skip
_CHECKPOINT = {
    "label": _TEXT, "step": _STEP_OR_NONE, "bytes": (int,), "tensors": (int,),
    "metrics": _MAPPING_OR_NONE, "created_at": _TEXT_OR_NONE,
}  # fmt: skip
_GIT = {
    "base_commit": _TEXT_OR_NONE, "branch": _TEXT_OR_NONE, "code_tree": _TEXT_OR_NONE,
    "dirty": (bool,),
}  # fmt: skip
_LINEAGE = {
    key: _TEXT_OR_NONE for key in ("resumed_from", "forked_from", "reproduced_from", "sweep")
}
_ERROR = {"type": _TEXT, "message": _TEXT, "traceback": _TEXT}


def read_facts(raw: bytes | None) -> dict[str, Any]:
    """Parse a run.json and check every field that readers rely on.

    Args:
        raw: the file's bytes; None: there is no such file.

    Raises:
        ValueError: why it cannot be used.
    """
    if raw is None:
        raise ValueError("it has no run.json")
    try:
        facts = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"run.json: {error}") from error
    if isinstance(facts, dict) and facts.get("schema") == SCHEMA_VERSION:
        _check_fields(facts)
    Run.from_json(facts)
    assert isinstance(facts, dict)
    try:
        from_iso(facts["created_at"])
    except ValueError as error:
        raise ValueError(f"run.json: created_at is no time: {error}") from error
    return facts


def _check_fields(facts: dict[str, Any]) -> None:
    _check(facts, _RUN, "")
    for key in _TEXT_LISTS:
        if not all(isinstance(item, str) for item in _list(facts, key)):
            raise ValueError(f"run.json: {key} holds something other than text")
    for name, metric in (facts.get("metrics") or {}).items():
        _check(metric, _METRIC, f"metrics.{name}.")
    for checkpoint in _list(facts, "checkpoints"):
        _check(checkpoint, _CHECKPOINT, "checkpoints.")
    _check(facts.get("hardware") or {}, _HARDWARE, "hardware.")
    _check(facts.get("git") or {}, _GIT, "git.")
    _check(facts.get("lineage") or {}, _LINEAGE, "lineage.")
    _check(facts.get("error") or {}, _ERROR, "error.")
    if _deeper(facts.get("config"), _DEEPEST) or _deeper(facts.get("summary"), _DEEPEST):
        raise ValueError("run.json: nested too deeply")


def _check(data: Any, expected: dict[str, tuple[type, ...]], where: str) -> None:
    if not isinstance(data, dict):
        raise ValueError(f"run.json: {where.rstrip('.')} is a {type(data).__name__}")
    for key, types in expected.items():
        if key in data and type(data[key]) not in types:
            raise ValueError(f"run.json: {where}{key} is a {type(data[key]).__name__}")


def _list(facts: dict[str, Any], key: str) -> list[Any]:
    value = facts.get(key) or []
    if not isinstance(value, list):
        raise ValueError(f"run.json: {key} is no list")
    return value


def _deeper(value: Any, levels: int) -> bool:
    if isinstance(value, dict):
        return levels == 0 or any(_deeper(below, levels - 1) for below in value.values())
    if isinstance(value, list):
        return levels == 0 or any(_deeper(below, levels - 1) for below in value)
    return False
