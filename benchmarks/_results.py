"""Where the benchmarks leave their numbers: benchmarks/results/<name>.json, not in git."""

from __future__ import annotations

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).with_name("results")


def write_results(name: str, numbers: Mapping[str, Any]) -> None:
    """Write the numbers of one benchmark, with the machine that they are from."""
    FOLDER.mkdir(exist_ok=True)
    machine = {"python": platform.python_version(), "system": platform.platform()}
    text = json.dumps({"machine": machine, **numbers}, indent=2)
    (FOLDER / f"{name}.json").write_text(text + "\n")


def read_results(name: str) -> dict[str, Any] | None:
    """The numbers of the last run of a benchmark; None: it has not been run here."""
    try:
        found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    except FileNotFoundError:
        return None
    return found
