"""`--where` and `--sort`: which runs, in which order."""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gitexp.errors import BadExpression
from gitexp.query.compile import Compiler, Value
from gitexp.query.expression import Items, Name, Unary, parse
from gitexp.query.fields import Facts, Field, dotted, names_in, type_name
from gitexp.schema.metrics import HIGHER
from gitexp.schema.tree import number


class Names:
    """The names that an expression uses, until a run is seen that knows them."""

    def __init__(self, text: str, fields: Sequence[tuple[Name, Field]], option: str) -> None:
        self.text, self.option = text, option
        self.unseen = list(fields)
        self.ask_hardware = any(field.hardware for _, field in fields)
        self.runs = 0

    def see(self, facts: Facts) -> None:
        """Strike out what a run knows."""
        self.runs += 1
        if self.unseen:
            self.unseen = [entry for entry in self.unseen if not entry[1].known(facts)]

    def check(self, runs: Callable[[], Iterable[Facts]]) -> None:
        """Refuse names that none of the runs that were seen knows: they are typing errors.

        Args:
            runs: the same again, for the names that might have been meant.

        Raises:
            BadExpression: there were runs, and a name is left.
        """
        if self.runs and self.unseen:
            name, _ = self.unseen[0]
            raise unknown_name(self.text, name.column, name.path, runs(), self.option)


@dataclass(frozen=True, slots=True)
class Where:
    """A compiled expression."""

    value: Value
    names: Names

    def __call__(self, facts: Facts) -> bool:
        """Whether the expression holds for a run."""
        return bool(self.value(facts))


def where(text: str, now_s: float) -> Where:
    """Compile a `--where` expression.

    Args:
        text: the expression.
        now_s: what `created > "2 days ago"` counts from.

    Raises:
        BadExpression: it cannot be read.
    """
    compiler = Compiler(text, now_s, "--where")
    value = compiler.compile(parse(text))
    return Where(value, Names(text, compiler.fields, "--where"))


@dataclass(frozen=True, slots=True)
class SortKey:
    """One key of `--sort`."""

    value: Value
    field: Field | None  # None: an expression
    reverse: bool


@dataclass(frozen=True, slots=True)
class Sort:
    """A compiled `--sort`."""

    keys: tuple[SortKey, ...]
    names: Names

    def values(self, facts: Facts) -> list[tuple[Any, str | None]]:
        """What a run is sorted by: for each key its value and, of a metric, its goal."""
        return [
            (_comparable(key.value(facts)), key.field.goal(facts) if key.field else None)
            for key in self.keys
        ]

    def order(self, values: Sequence[list[tuple[Any, str | None]]]) -> list[int]:
        """Positions of the runs, first to last, given the `values` of each.

        Metrics with a goal come best first, everything else ascending; `-` turns a key around.
        Missing values and NaN are last either way.
        """
        order = list(range(len(values)))
        for k in reversed(range(len(self.keys))):
            goal = next((run[k][1] for run in values if run[k][1]), None)
            there = [(values[i][k][0], i) for i in order if values[i][k][0] is not None]
            downward = (goal == HIGHER) != self.keys[k].reverse
            there.sort(key=operator.itemgetter(0), reverse=downward)
            order = [i for _, i in there] + [i for i in order if values[i][k][0] is None]
        return order


def sort(text: str, now_s: float) -> Sort:
    """Compile `--sort`: names or expressions, separated by commas, each with `-` to reverse it.

    Raises:
        BadExpression: it cannot be read.
    """
    tree = parse(text, "--sort")
    compiler = Compiler(text, now_s, "--sort")
    keys = []
    for node in tree.items if isinstance(tree, Items) else (tree,):
        reverse = isinstance(node, Unary) and node.operator == "-"
        inner = node.operand if isinstance(node, Unary) and reverse else node
        field = compiler.field(inner) if isinstance(inner, Name) else None
        keys.append(SortKey(field.get if field else compiler.compile(inner), field, reverse))
    return Sort(tuple(keys), Names(text, compiler.fields, "--sort"))


def unknown_name(
    text: str, column: int, path: tuple[str | int, ...], runs: Iterable[Facts], option: str
) -> BadExpression:
    """The error for a name that no run has, with names that are near."""
    import difflib

    wanted = dotted(path[1:] if path[0] in ("config", "metric", "metrics", "summary") else path)
    known = list(
        dict.fromkeys(name for facts in itertools.islice(runs, 2000) for name in names_in(facts))
    )
    near = [key for key in known if wanted in _words(key)][:3]
    near = near or difflib.get_close_matches(wanted, known, 3)
    hint = f"did you mean {' or '.join(map(type_name, near))}?" if near else None
    return BadExpression(
        text, column, f"no run has anything named {dotted(path)!r}", hint, option=option
    )


def _words(key: str) -> list[str]:
    return "".join(c if c.isalnum() else " " for c in key).split()


def _comparable(value: Any) -> tuple[int, Any] | None:
    """Numbers before texts before everything else; None and NaN have no place."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, int | float):
        return (0, value)
    as_number = number(value)
    if as_number is not None:  # "Infinity" in a config; "NaN" has no place either
        return None if math.isnan(as_number) else (0, as_number)
    if isinstance(value, str):
        return (1, value)
    if isinstance(value, list):
        return (1, ", ".join(map(str, value)))
    return (2, str(value))
