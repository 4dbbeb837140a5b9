"""diagnostics.json of a journal: the rules, asked one by one, so that none can stop a commit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gitexp.record.guard import report
from gitexp.schema.run import Run

if TYPE_CHECKING:
    from gitexp.journal.fold import JournalFold
    from gitexp.schema.finding import Finding


def findings_of(fold: JournalFold, run: Run) -> tuple[Finding, ...]:
    """What is ill in a run as far as it has come, the gravest first."""
    from gitexp.diagnose.evidence import Evidence
    from gitexp.diagnose.rules import RULES, gravest_first

    evidence = Evidence(run, fold.losses.series(), fold.curves.hardware_series(), fold.watched)
    found: list[Finding] = []
    for rule in RULES:
        try:
            found += rule(evidence)
        except Exception as error:  # noqa: BLE001 - whatever a run's numbers do to a rule
            report(error, f"the rule {rule.__name__}")
    return gravest_first(found)
