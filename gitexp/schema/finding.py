"""A finding of diagnostics.json: what is ill in a training, where, since when, and what to try."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

ERROR, WARNING, NOTE = "error", "warning", "note"
SEVERITIES = (ERROR, WARNING, NOTE)


@dataclass(frozen=True, slots=True)
class Finding:
    """One object of diagnostics.json."""

    rule: str  # a name of docs/diagnostics.md
    severity: str
    what: str  # in a sentence
    where: str  # the layer, metric or device; several are joined by commas
    steps: tuple[int, int]  # the first and the last that show it
    advice: str  # one line
    evidence: Mapping[str, Any] = field(default_factory=dict)  # the numbers it rests on

    def to_json(self) -> dict[str, Any]:
        """As it stands in diagnostics.json."""
        return {
            "rule": self.rule,
            "severity": self.severity,
            "what": self.what,
            "where": self.where,
            "steps": list(self.steps),
            "evidence": dict(self.evidence),
            "try": self.advice,
        }
