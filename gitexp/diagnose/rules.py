"""All rules, the gravest first."""

from __future__ import annotations

from collections.abc import Iterable

from gitexp.diagnose import gradients, losses, machine, numbers, units, updates
from gitexp.diagnose.evidence import Evidence, Rule
from gitexp.schema.finding import SEVERITIES, Finding

RULES: tuple[Rule, ...] = (
    numbers.not_finite,
    losses.diverging_loss,
    gradients.exploding_gradients,
    gradients.zero_gradients,
    units.lock_step_units,
    units.dead_units,
    gradients.vanishing_gradients,
    units.saturated_units,
    updates.update_ratio,
    losses.oscillating_loss,
    losses.plateau,
    losses.over_fitting,
    machine.memory_pressure,
    machine.thermal_throttling,
    machine.waiting_gpu,
)


def diagnose(evidence: Evidence) -> tuple[Finding, ...]:
    """What all rules find, the gravest first; nothing in a healthy training."""
    return gravest_first(finding for rule in RULES for finding in rule(evidence))


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Errors, then warnings, then notes, each in the order of the rules."""
    return tuple(sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity)))
