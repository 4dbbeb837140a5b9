"""What the report says about hardware and energy: each run's part, and the sums."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gitexp.render import text
from gitexp.schema.ledger import STATUS, build_ledger
from gitexp.schema.run import FINISHED, RUNNING, Run
from gitexp.schema.tree import number
from gitexp.schema.view import RunView


class EnergyRow(NamedTuple):
    """What a run used; `share` is its part of the most that any run used, 0 to 100."""

    share: float
    energy: str
    co2: str
    cost: str
    took: str
    cpu: str
    gpu: str
    source: str


@dataclass(frozen=True, slots=True)
class EnergySection:
    """What all runs used."""

    totals: str
    rows: tuple[EnergyRow | None, ...]  # None: nothing is known of that run


def energy_section(views: Sequence[RunView]) -> EnergySection | None:
    """Energy, CO2 and cost of each run and of all; None where nothing was measured."""
    runs = [view.run for view in views]
    most = max((number(run.hardware.energy_wh) or 0.0 for run in runs), default=0.0)
    rows = tuple(_energy_row(run, most) for run in runs)
    if not any(rows):
        return None
    words = []
    energy = [wh for run in runs if (wh := number(run.hardware.energy_wh)) is not None]
    if energy:
        words.append(text.energy(sum(energy)))
        words.append(f"{text.mass(sum(number(r.hardware.co2_g) or 0.0 for r in runs))} CO₂")
    for currency in dict.fromkeys(str(run.hardware.currency or "") for run in runs):
        costs = [
            number(run.hardware.cost) for run in runs if (run.hardware.currency or "") == currency
        ]
        if known := [cost for cost in costs if cost is not None]:
            words.append(text.money(sum(known), currency))
    lost = sum(
        number(run.hardware.energy_wh) or 0.0
        for run in runs
        if run.status not in (FINISHED, RUNNING)
    )
    if energy and lost > 0:
        share = text.percent(100 * lost / sum(energy))
        words.append(f"{share} of the energy in runs that did not finish")
    repeated = build_ledger((run.to_json() for run in runs), STATUS).repeated
    if energy and repeated.energy_wh > 0:
        share = text.percent(100 * repeated.energy_wh / sum(energy))
        words.append(f"{share} in runs that repeated one that had finished")
    return EnergySection(" · ".join(words), rows)


def _energy_row(run: Run, most: float) -> EnergyRow | None:
    hardware = run.hardware
    if not hardware.samples and hardware.energy_wh is None:
        return None
    wh = number(hardware.energy_wh)
    return EnergyRow(
        round(100 * wh / most, 1) if wh is not None and most > 0 else 0.0,
        text.energy(wh),
        text.mass(hardware.co2_g),
        text.money(hardware.cost, hardware.currency),
        text.duration(run.duration_s),
        _mean(run, r"cpu\.utilization_pct"),
        _mean(run, r"gpu\.\d+\.utilization_pct"),
        text.cut(text.one_line(str(hardware.energy_source or "")), 60),
    )


def _mean(run: Run, keys: str) -> str:
    """The mean over the run and over all the keys that match, in per cent."""
    found = [
        value
        for key, raw in run.hardware.mean.items()
        if re.fullmatch(keys, key) and (value := number(raw)) is not None
    ]
    return text.percent(sum(found) / len(found)) if found else text.NONE
