"""Why a run.json cannot be used: fetched runs and hand-made refs may hold anything."""

from __future__ import annotations

from typing import Any

import orjson

from gitexp.schema.clock import from_iso
from gitexp.schema.run import SCHEMA_VERSION
from gitexp.schema.shape import check_run_shape

_DEEPEST = 60  # levels of nesting; readers recurse
_REQUIRED = ("name", "id", "created_at", "status")


def read_facts(raw: bytes | None) -> dict[str, Any]:
    """Parse a run.json and check what readers rely on, without building a `Run` of it.

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
    if not isinstance(facts, dict):
        raise ValueError("run.json is not an object")
    schema = facts.get("schema")
    if type(schema) is not int:
        raise ValueError("run.json states no schema")
    if schema > SCHEMA_VERSION:
        raise ValueError(f"its schema {schema} is newer than this gitexp's {SCHEMA_VERSION}")
    missing = [key for key in _REQUIRED if key not in facts]
    if missing:
        raise ValueError(f"run.json: {missing[0]!r} is missing")
    check_run_shape(facts)
    for part in ("config", "summary", "capture"):
        if _deeper(facts.get(part), _DEEPEST):
            raise ValueError(f"run.json: {part!r} is nested too deeply")
    try:
        from_iso(facts["created_at"])
    except ValueError as error:
        raise ValueError(f"run.json: created_at is no time: {error}") from error
    return facts


def _deeper(value: Any, levels: int) -> bool:
    below = value.values() if type(value) is dict else value if type(value) is list else ()
    inner = [item for item in below if type(item) is dict or type(item) is list]
    return bool(inner) and (levels == 0 or any(_deeper(item, levels - 1) for item in inner))
