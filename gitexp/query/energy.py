"""The energy ledger: what the runs of a repository used, and what that was spent on."""

from __future__ import annotations

from collections.abc import Iterable

from gitexp.journal.savings import read_savings
from gitexp.query.runs import Found, Runs
from gitexp.schema.ledger import Ledger, build_ledger


def energy_ledger(runs: Runs, by: str, chosen: Iterable[Found] | None = None) -> Ledger:
    """Sum runs up.

    Args:
        runs: where they are from.
        by: one of `schema.ledger.KEYS`.
        chosen: only these; None: all. Malformed ones are left out. What was saved is of this
            machine, whatever is chosen.
    """
    among = runs.scan() if chosen is None else chosen
    facts = (found.peek() for found in among if found.error is None)
    return build_ledger(facts, by, read_savings(runs.repo.common_dir))
