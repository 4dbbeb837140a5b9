"""What the report says about hardware and energy: each run's part, and the sums."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gitexp.render import text
from gitexp.render.ledger import LedgerRow, ledger_notes, ledger_row, spent_words
from gitexp.schema.ledger import KEYS, MONTH, build_ledger
from gitexp.schema.run import Run
from gitexp.schema.tree import number

_GROUPS = 20  # rows of a table; of months the newest


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


class LedgerTable(NamedTuple):
    """The sums of one kind of groups."""

    title: str  # "By author"
    head: str  # "Author"
    rows: tuple[LedgerRow, ...]


@dataclass(frozen=True, slots=True)
class EnergySection:
    """What all runs used."""

    totals: str
    rows: tuple[EnergyRow | None, ...]  # None: nothing is known of that run
    notes: tuple[str, ...] = ()  # what was spent for nothing, and what was saved
    tables: tuple[LedgerTable, ...] = ()  # where there is more than one group


def energy_section(
    runs: Sequence[Run], savings: Sequence[Mapping[str, Any]] = ()
) -> EnergySection | None:
    """Energy, CO2 and cost of each run, of groups of them and of all; None: nothing was measured.

    Args:
        runs: of the report.
        savings: what `record --if-tried skip` did not run, rows as `journal.savings` keeps them.
    """
    most = max((number(run.hardware.energy_wh) or 0.0 for run in runs), default=0.0)
    rows = tuple(_energy_row(run, most) for run in runs)
    if not any(rows):
        return None
    facts = [run.to_json() for run in runs]
    ledgers = [build_ledger(facts, by, savings) for by in KEYS]
    total = ledgers[0].total
    words = spent_words(total) if total.measured else ""
    tables = tuple(
        LedgerTable(
            f"By {ledger.by}",
            ledger.by.capitalize(),
            tuple(map(ledger_row, ledger.rows[-_GROUPS:] if ledger.by == MONTH else
                      ledger.rows[:_GROUPS])),
        )
        for ledger in ledgers
        if len(ledger.rows) > 1
    )  # fmt: skip
    return EnergySection(words, rows, tuple(ledger_notes(ledgers[0])), tables)


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
