"""Runs that were not started because somebody had tried that before; of this machine.

<git common dir>/gitexp/saved.jsonl, a line for each:
    _time        seconds since the epoch
    run, id      the earlier run, whose result was shown instead
    duration_s   what it took, and what it used: energy_wh, co2_g, cost, currency
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import orjson

from gitexp import paths
from gitexp.journal.append import LineFile
from gitexp.schema.run import Run

FILE = "saved.jsonl"


def note_saving(common_dir: Path, run: Run) -> None:
    """Note that an earlier run was shown in place of another one.

    Raises:
        OSError: it cannot be written.
    """
    folder = paths.gitexp_dir(common_dir)
    folder.mkdir(exist_ok=True)
    hardware = run.hardware
    line = {
        "_time": time.time(),
        "run": run.name,
        "id": run.id,
        "duration_s": run.duration_s,
        "energy_wh": hardware.energy_wh,
        "co2_g": hardware.co2_g,
        "cost": hardware.cost,
        "currency": hardware.currency,
    }
    file = LineFile(folder / FILE)
    file.append(orjson.dumps(line) + b"\n")
    file.close()


def read_savings(common_dir: Path) -> list[dict[str, Any]]:
    """All that were noted; torn lines are left out."""
    try:
        content = (paths.gitexp_dir(common_dir) / FILE).read_bytes()
    except OSError:
        return []
    found = []
    for line in content.splitlines():
        try:
            row = orjson.loads(line)
        except orjson.JSONDecodeError:
            continue
        if isinstance(row, dict):
            found.append(row)
    return found
