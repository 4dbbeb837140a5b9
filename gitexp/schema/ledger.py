"""What runs used: energy, CO2, cost and time, by group, and what of it was spent for nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gitexp.schema.run import FINISHED, RUNNING
from gitexp.schema.tree import number

AUTHOR, GROUP, MONTH, STATUS = "author", "group", "month", "status"
KEYS = (AUTHOR, GROUP, MONTH, STATUS)

Facts = Mapping[str, Any]  # a run.json


@dataclass(slots=True)
class Spent:
    """A sum over runs."""

    label: str = ""
    runs: int = 0
    measured: int = 0  # of these runs, those whose energy is known
    with_co2: int = 0  # of those measured, the ones whose CO2 is known
    duration_s: float = 0.0
    energy_wh: float = 0.0
    co2_g: float | None = None  # None: of none of the runs it is known
    cost: dict[str, float] = field(default_factory=dict)  # by currency

    def add(self, duration_s: object, hardware: Facts) -> None:
        """Take in one run; what is not known of it counts as nothing."""
        self.runs += 1
        self.duration_s += number(duration_s) or 0.0
        energy_wh = number(hardware.get("energy_wh"))
        if energy_wh is None:
            return
        self.measured += 1
        self.energy_wh += energy_wh
        co2_g = number(hardware.get("co2_g"))
        if co2_g is not None:
            self.with_co2 += 1
            self.co2_g = (self.co2_g or 0.0) + co2_g
        cost = number(hardware.get("cost"))
        if cost is not None:
            currency = str(hardware.get("currency") or "")
            self.cost[currency] = self.cost.get(currency, 0.0) + cost

    def add_run(self, facts: Facts) -> None:
        """Take in a run."""
        self.add(facts.get("duration_s"), facts.get("hardware") or {})


@dataclass(frozen=True, slots=True)
class Ledger:
    """What runs used."""

    by: str
    rows: tuple[Spent, ...]  # the most energy first; months in their order
    total: Spent
    unfinished: Spent  # runs that failed, were killed or interrupted
    repeated: Spent  # exact repeats of a run that had finished before
    saved: Spent  # what `record --if-tried skip` did not run again


def build_ledger(runs: Iterable[Facts], by: str, savings: Iterable[Facts] = ()) -> Ledger:
    """Sum runs up.

    Args:
        runs: their run.json.
        by: one of KEYS.
        savings: rows as `journal.savings` keeps them.
    """
    found = list(runs)
    rows: dict[str, Spent] = {}
    total, unfinished, repeated = Spent("total"), Spent("unfinished"), Spent("repeated")
    again = repeats(found)
    for facts in found:
        label = _label(facts, by)
        rows.setdefault(label, Spent(label)).add_run(facts)
        total.add_run(facts)
        if facts.get("status") not in (FINISHED, RUNNING):
            unfinished.add_run(facts)
        if facts.get("id") in again:
            repeated.add_run(facts)
    saved = Spent("saved")
    for row in savings:
        saved.add(row.get("duration_s"), row)
    ordered = sorted(rows.values(), key=lambda spent: (-spent.energy_wh, spent.label))
    if by == MONTH:
        ordered.sort(key=lambda spent: spent.label)
    return Ledger(by, tuple(ordered), total, unfinished, repeated, saved)


def repeats(runs: Iterable[Facts]) -> set[str]:
    """Ids of the runs that could have told nothing new.

    The same code, config, command and folder as a run that had finished before they began. Runs
    that were repeated on purpose, to reproduce one, do not count.
    """
    first_end: dict[str, str] = {}
    ordered = sorted(runs, key=lambda facts: str(facts.get("created_at")))
    keys = [_identity(facts) for facts in ordered]
    for key, facts in zip(keys, ordered, strict=True):
        if key is not None and facts.get("status") == FINISHED and facts.get("finished_at"):
            end = str(facts["finished_at"])
            first_end[key] = min(end, first_end.get(key, end))
    return {
        str(facts.get("id"))
        for key, facts in zip(keys, ordered, strict=True)
        if key is not None
        and first_end.get(key, "~") <= str(facts.get("created_at"))
        and not (facts.get("lineage") or {}).get("reproduced_from")
    }


def _identity(facts: Facts) -> str | None:
    """What makes two runs the same; None: not enough is known."""
    code, digest = (facts.get("git") or {}).get("code_tree"), facts.get("config_digest")
    command = facts.get("command")
    if not code or not digest or not command:
        return None
    return json.dumps([code, digest, command, facts.get("cwd")])


def _label(facts: Facts, by: str) -> str:
    if by == AUTHOR:
        return str(facts.get("author") or "").partition(" <")[0] or "unknown"
    if by == GROUP:
        return str(facts.get("group") or "") or "no group"
    if by == MONTH:
        return str(facts.get("created_at") or "")[:7]
    return str(facts.get("status") or "")
