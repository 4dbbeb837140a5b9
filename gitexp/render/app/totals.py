"""What all runs together come to, as the app gets it: their energy, and means over seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.render.report_energy import energy_section
from gitexp.render.report_seeds import seed_section
from gitexp.schema.replicates import ReplicateDiff, is_seed
from gitexp.schema.run import Run
from gitexp.schema.tree import flatten

_KEYS = 8  # of configs, that a row of the table has a cell for


def energy_document(
    runs: Sequence[Run], savings: Sequence[Mapping[str, Any]] = ()
) -> dict[str, Any] | None:
    """The report's section on energy as data, rows with the names of runs; None: no figures.

    Args:
        runs: that the page is about.
        savings: what `record --if-tried skip` did not run.
    """
    section = energy_section(runs, savings)
    if section is None:
        return None
    rows = [
        {"run": run.name, **row._asdict()}
        for run, row in zip(runs, section.rows, strict=True)
        if row is not None
    ]
    return {
        "totals": section.totals,
        "notes": list(section.notes),
        "rows": sorted(rows, key=lambda row: -row["share"]),
        "tables": [
            {
                "title": table.title,
                "head": table.head,
                "rows": [row._asdict() for row in table.rows],
            }
            for table in section.tables
        ],
    }


def seeds_document(
    runs: Sequence[Run], compared: Sequence[ReplicateDiff] = ()
) -> dict[str, Any] | None:
    """The report's section over seeds as data, with the names of runs; None: no replicates.

    Args:
        runs: that the page is about.
        compared: groups of theirs, each beside the best one.
    """
    section = seed_section(runs, compared)
    if section is None:
        return None
    configs = [flatten(runs[row.places[0]].config) for row in section.rows]
    keys = _differing(configs)
    return {
        "metrics": list(section.metrics),
        "keys": keys,
        "groups": [
            {
                "runs": [runs[place].name for place in row.places],
                "config": [config.get(key) for key in keys],
                "means": list(row.means),
            }
            for row, config in zip(section.rows, configs, strict=True)
        ],
        "best": None if section.best is None else runs[section.best].name,
        "tests": [
            {
                "run": runs[test.place].name,
                "metric": test.metric,
                "difference": test.difference,
                "p": test.p,
                "words": test.words,
            }
            for test in section.tests
        ],
        "note": section.note,
    }


def _differing(configs: Sequence[Mapping[str, Any]]) -> list[str]:
    """The keys that tell groups apart, the first few; of a seed every run has its own."""
    keys = dict.fromkeys(key for config in configs for key in config if not is_seed(key))
    first = configs[0]
    return [
        key
        for key in keys
        if any(key not in config or config[key] != first.get(key) for config in configs)
    ][:_KEYS]
