"""The JSON Schema of run.json that ships with the package."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema

RUN_SCHEMA = json.loads((files("gitexp.schema") / "run.schema.json").read_text("utf-8"))
_VALIDATOR = jsonschema.Draft202012Validator(RUN_SCHEMA)


def assert_valid_run(run_json: bytes | dict[str, Any]) -> None:
    """Fail, with all that is wrong, if a run.json does not follow the schema."""
    data = json.loads(run_json) if isinstance(run_json, bytes) else run_json
    wrong = [f"{error.json_path}: {error.message}" for error in _VALIDATOR.iter_errors(data)]
    assert wrong == [], wrong
