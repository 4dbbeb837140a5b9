"""`gitexp energy`: the ledger as a table, and as data."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from gitexp.render import text
from gitexp.render.terminal_text import Cell, Paint, columns
from gitexp.schema.ledger import Ledger, Spent


def ledger_page(ledger: Ledger, *, colour: bool) -> str:
    """What was used, by whom or what, and what of it was spent for nothing."""
    paint = Paint(colour)
    head = [ledger.by, "runs", "energy", "CO₂", "cost", "time"]
    table = [[Cell(word, "dim", i > 0) for i, word in enumerate(head)]]
    table += [_row(row, row.label) for row in ledger.rows]
    table.append(_row(ledger.total, "total", "bold"))
    lines = columns(table, paint)
    total = ledger.total
    notes = []
    for spent, what in (
        (ledger.unfinished, "did not finish"),
        (ledger.repeated, "repeated one that had finished"),
    ):
        if spent.runs:
            notes.append(f"{text.plural(spent.runs, 'run')} {what}: {_words(spent, total)}")
    if ledger.saved.runs:
        runs = text.plural(ledger.saved.runs, "run")
        notes.append(f"{runs} not started, tried before (this machine): {_words(ledger.saved)}")
    unknown = total.runs - total.measured
    if unknown:
        notes.append(f"of {text.plural(unknown, 'run')} the energy is not known")
    lines += ["", *notes] if notes else []
    return "".join(f"{line}\n" for line in lines)


def ledger_json(ledger: Ledger) -> dict[str, Any]:
    """The ledger as data."""
    return asdict(ledger)


def _row(spent: Spent, label: str, style: str = "") -> list[Cell]:
    known = bool(spent.measured)
    return [
        Cell(text.cut(text.one_line(label), 60), style),
        Cell(text.count(spent.runs), style, True),
        Cell(text.energy(spent.energy_wh) if known else text.NONE, style, True),
        Cell(text.mass(spent.co2_g) if known else text.NONE, style, True),
        Cell(_cost(spent) or text.NONE, style, True),
        Cell(text.duration(spent.duration_s), style, True),
    ]


def _words(spent: Spent, total: Spent | None = None) -> str:
    words = []
    if spent.measured:
        words.append(text.energy(spent.energy_wh))
        if total is not None and total.energy_wh > 0:
            words[0] += f" ({text.percent(100 * spent.energy_wh / total.energy_wh)})"
        words.append(f"{text.mass(spent.co2_g)} CO₂")
    words += [_cost(spent), text.duration(spent.duration_s)]
    return ", ".join(word for word in words if word)


def _cost(spent: Spent) -> str:
    return " + ".join(text.money(cost, currency) for currency, cost in sorted(spent.cost.items()))
