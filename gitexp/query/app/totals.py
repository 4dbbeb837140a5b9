"""What all runs together come to, for the app: their energy, and means over seeds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from gitexp.journal.savings import read_savings
from gitexp.query.replicates import compare_groups
from gitexp.query.runs import Runs
from gitexp.render.app.embed import json_bytes
from gitexp.render.app.totals import energy_document, seeds_document
from gitexp.schema.replicates import ReplicateDiff
from gitexp.schema.run import Run

ENERGY, SEEDS = "energy", "seeds"


def energy_of(everything: Runs) -> dict[str, Any] | None:
    """What all sound runs used; None: nothing was measured."""
    return energy_document(_sound(everything), read_savings(everything.repo.common_dir))


def seeds_of(everything: Runs) -> dict[str, Any] | None:
    """All groups of replicates, each beside the best one; None: there are none."""
    runs = _sound(everything)
    return seeds_document(runs, compare_groups(runs))


def totals_resources(
    everything: Runs, runs: Sequence[Run], compared: Sequence[ReplicateDiff] | None = None
) -> Iterator[tuple[str, bytes]]:
    """Both for a report of some runs, those that there is something to say about.

    Args:
        everything: the repository's runs.
        runs: those of the report.
        compared: groups of replicates among them, if that is worked out already.
    """
    if compared is None:
        compared = compare_groups(runs)
    savings = read_savings(everything.repo.common_dir)
    for path, document in (
        (ENERGY, energy_document(runs, savings)),
        (SEEDS, seeds_document(runs, compared)),
    ):
        if document is not None:
            yield path, json_bytes(document)


def _sound(everything: Runs) -> list[Run]:
    return [found.run for found in everything.all if found.error is None]
