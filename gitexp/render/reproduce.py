"""`gitexp reproduce`: what differed before, and what came out, on a page of the terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence

from gitexp.render import text
from gitexp.render.terminal_text import Cell, Paint, columns
from gitexp.render.verdict import verdict_sign, verdict_words
from gitexp.schema.diff import ValueDelta
from gitexp.schema.verdict import Comparison, CurveDelta

_DIFFERENCES = 12
_ROWS = 20


def environment_lines(different: Sequence[ValueDelta]) -> list[str]:
    """In what the environment differs from the recorded one."""
    if not different:
        return ["environment: as recorded"]
    lines = [f"environment: {text.plural(len(different), 'difference')}, recorded → here"]
    for delta in different[:_DIFFERENCES]:
        there, here = (
            "none" if value is None else text.value(value, 60) for value in delta.values
        )
        lines.append(f"  {text.one_line(delta.key)}: {there} → {here}")
    if len(different) > _DIFFERENCES:
        lines.append(f"  … and {len(different) - _DIFFERENCES} more")
    return lines


def comparison_page(comparison: Comparison) -> str:
    """The verdict, then the curves and tensors that are not equal."""
    verdict = comparison.verdict
    lines = [f"{verdict_sign(verdict)} {verdict_words(verdict)}"]
    parted = [curve for curve in comparison.curves if curve.step is not None]
    if parted:
        head = [
            Cell(word, "", word != "") for word in ("", "at step", "original", "repeat", "apart")
        ]
        rows = [head, *(_curve_row(curve) for curve in parted[:_ROWS])]
        lines += ["", "Curves that part", *columns(rows, Paint(False), indent="  ")]
        lines += _more(len(parted))
    for diff in comparison.checkpoints:
        lines += ["", f"Tensors that differ, {text.one_line(diff.names[0])}"]
        table = [
            (
                Cell(text.one_line(tensor.name)),
                Cell(tensor.status),
                Cell(
                    ""
                    if tensor.relative_l2 is None
                    else f"by {text.percent(100 * tensor.relative_l2)}",
                    right=True,
                ),
            )
            for tensor in diff.tensors[:_ROWS]
        ]
        lines += columns(table, Paint(False), indent="  ")
        lines += _more(len(diff.tensors))
    if comparison.missing_checkpoints:
        labels = ", ".join(map(text.one_line, comparison.missing_checkpoints[:_ROWS]))
        lines += ["", f"Checkpoints that only one of them has: {labels}"]
    if comparison.left_out:
        keys = ", ".join(map(text.one_line, comparison.left_out[:_ROWS]))
        lines += ["", f"Not compared, they measure the machine: {keys}"]
    return "".join(f"{line}\n" for line in lines)


def _curve_row(curve: CurveDelta) -> list[Cell]:
    apart = f"{text.percent(100 * curve.largest)}" if math.isfinite(curve.largest) else text.NONE
    return [
        Cell(text.one_line(curve.key)),
        Cell(text.count(curve.step or 0), right=True),
        Cell(text.number(curve.original, 8), right=True),
        Cell(text.number(curve.repeat, 8), right=True),
        Cell(apart, right=True),
    ]


def _more(count: int) -> list[str]:
    return [f"  … and {count - _ROWS} more"] if count > _ROWS else []
