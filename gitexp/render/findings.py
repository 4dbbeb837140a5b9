"""Findings of diagnostics.json as rows for the terminal, README.md and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from gitexp.render import text
from gitexp.schema.finding import ERROR, NOTE, WARNING

_SIGNS = {ERROR: "✗", WARNING: "!", NOTE: "·"}


class FindingRow(NamedTuple):
    """One finding in words; all of it is plain text, cut to what a page has room for."""

    sign: str
    severity: str
    rule: str
    what: str  # a sentence; where nothing else is known, the place
    where: str
    steps: str  # `steps 300 to 700`; empty: not known
    advice: str


def finding_rows(findings: Sequence[Mapping[str, Any]], limit: int) -> list[FindingRow]:
    """The gravest findings, at most `limit`; what is none of ours is left out."""
    return [_row(finding) for finding in findings[:limit] if finding.get("rule")]


def _row(finding: Mapping[str, Any]) -> FindingRow:
    severity, where = _word(finding, "severity"), _word(finding, "where")
    return FindingRow(
        sign=_SIGNS.get(severity, "!"),
        severity=severity,
        rule=_word(finding, "rule"),
        what=_word(finding, "what") or where,
        where=where,
        steps=_steps(finding.get("steps")),
        advice=_word(finding, "try"),
    )


def _word(finding: Mapping[str, Any], key: str) -> str:
    value = finding.get(key)
    return "" if value is None else text.one_line(text.value(value, 400))


def _steps(steps: Any) -> str:
    if not isinstance(steps, list) or len(steps) != 2:
        return ""
    first, last = steps
    if not isinstance(first, int) or not isinstance(last, int):
        return ""
    return f"step {first:,}" if first == last else f"steps {first:,} to {last:,}"
