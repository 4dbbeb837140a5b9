"""The energy ledger as a table of the terminal, in words, and as data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, NamedTuple

from gitexp.render import text
from gitexp.render.terminal_text import Cell, Paint, columns
from gitexp.schema.ledger import Ledger, Spent


def ledger_page(ledger: Ledger, *, colour: bool) -> str:
    """What was used, by whom or what, and what of it was spent for nothing."""
    paint = Paint(colour)
    head = [ledger.by, "runs", "energy", "CO₂", "cost", "time"]
    table = [[Cell(word, "dim", i > 0) for i, word in enumerate(head)]]
    table += [_cells(row, "") for row in ledger.rows]
    table.append(_cells(ledger.total, "bold"))
    lines = columns(table, paint)
    notes = ledger_notes(ledger)
    lines += ["", *notes] if notes else []
    return "".join(f"{line}\n" for line in lines)


def _cells(spent: Spent, style: str) -> list[Cell]:
    label, *rest = ledger_row(spent)
    return [Cell(label, style), *(Cell(word, style, True) for word in rest)]


def ledger_json(ledger: Ledger) -> dict[str, Any]:
    """The ledger as data."""
    return asdict(ledger)


class LedgerRow(NamedTuple):
    """A sum in words."""

    label: str
    runs: str
    energy: str
    co2: str
    cost: str
    took: str


def ledger_row(spent: Spent) -> LedgerRow:
    """A sum in words; what is not known of any of its runs is a dash."""
    return LedgerRow(
        text.cut(text.one_line(spent.label), 60),
        text.count(spent.runs),
        text.energy(spent.energy_wh) if spent.measured else text.NONE,
        text.mass(spent.co2_g),
        _cost(spent) or text.NONE,
        text.duration(spent.duration_s),
    )


def spent_words(spent: Spent, total: Spent | None = None) -> str:
    """A sum in words: `1.5 kWh (33.3%), 700 g CO₂, 0.25 EUR, 1h 1m`; the share is of `total`."""
    words = []
    if spent.measured:
        words.append(text.energy(spent.energy_wh))
        if total is not None and total.energy_wh > 0:
            words[0] += f" ({text.percent(100 * spent.energy_wh / total.energy_wh)})"
        if spent.co2_g is not None:
            words.append(f"{text.mass(spent.co2_g)} CO₂")
    words += [_cost(spent), text.duration(spent.duration_s)]
    return ", ".join(word for word in words if word)


def ledger_notes(ledger: Ledger) -> list[str]:
    """What was spent for nothing, what was saved, and what is not known, a sentence each."""
    total = ledger.total
    notes = []
    for spent, what in (
        (ledger.unfinished, "did not finish"),
        (ledger.repeated, "repeated one that had finished"),
    ):
        if spent.runs:
            words = spent_words(spent, total)
            notes.append(f"{text.plural(spent.runs, 'run')} {what}: {words}")
    if ledger.saved.runs:
        runs = text.plural(ledger.saved.runs, "run")
        words = spent_words(ledger.saved)
        notes.append(f"{runs} not started, tried before (this machine): {words}")
    unknown = total.runs - total.measured
    if unknown:
        notes.append(f"of {text.plural(unknown, 'run')} the energy is not known")
    if 0 < total.with_co2 < total.measured:
        without = total.measured - total.with_co2
        notes.append(f"of {text.plural(without, 'run')} with known energy the CO₂ is not known")
    return notes


def _cost(spent: Spent) -> str:
    return " + ".join(text.money(cost, currency) for currency, cost in sorted(spent.cost.items()))
