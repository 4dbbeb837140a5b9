"""`--where` and `--sort`: which runs, in which order.

An expression is compiled into closures over run.json's dict. A value that a run does not have is
None, and any comparison with it is false; only `x == None` and `x != None` ask for it.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from gitexp.errors import BadExpression
from gitexp.query.expression import (
    Binary,
    Call,
    Compare,
    Items,
    Literal,
    Logic,
    Name,
    Node,
    Unary,
    parse,
)
from gitexp.query.fields import (
    DURATION,
    TIME,
    Facts,
    Field,
    dotted,
    field_of,
    names_in,
    type_name,
)
from gitexp.query.moments import parse_duration, parse_time
from gitexp.schema.metrics import HIGHER
from gitexp.schema.tree import number

Value = Callable[[Facts], Any]


class Names:
    """The names that an expression uses, until a run is seen that knows them."""

    def __init__(self, text: str, fields: Sequence[tuple[Name, Field]], option: str) -> None:
        self.text, self.option = text, option
        self.unseen = list(fields)
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
    compiler = _Compiler(text, now_s, "--where")
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
    compiler = _Compiler(text, now_s, "--sort")
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


def _power(a: float, b: float) -> float | None:
    # In floats: 9**9**9 overflows at once where integers would fill the memory.
    result = float(a) ** float(b)
    return None if isinstance(result, complex) else result


def _round(value: float, digits: int = 0) -> float:
    # Of an integer, 10**-digits is calculated in full.
    return round(float(value), digits)


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
    "**": _power,
}
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda a, b: a in b,
    "not in": lambda a, b: a not in b,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "len": len,
    "max": max,
    "min": min,
    "round": _round,
    "startswith": str.startswith,
    "endswith": str.endswith,
    "lower": str.lower,
    "upper": str.upper,
}


class _Compiler:
    """Turns a tree into a closure, and remembers the names that it uses."""

    def __init__(self, text: str, now_s: float, option: str) -> None:
        self.text, self.now_s, self.option = text, now_s, option
        self.fields: list[tuple[Name, Field]] = []

    def field(self, name: Name) -> Field:
        field = field_of(name.path, self.now_s)
        self.fields.append((name, field))
        return field

    def compile(self, node: Node) -> Value:
        match node:
            case Literal(value):
                return lambda facts: value
            case Name():
                return self.field(node).get
            case Items(items):
                values = [self.compile(item) for item in items]
                return lambda facts: [value(facts) for value in values]
            case Unary("not", operand):
                inner = self.compile(operand)
                return lambda facts: not bool(inner(facts))
            case Unary(sign, operand):
                return _arithmetic(_ARITHMETIC[sign], lambda facts: 0, self.compile(operand))
            case Binary(sign, left, right):
                return _arithmetic(_ARITHMETIC[sign], self.compile(left), self.compile(right))
            case Logic(word, operands):
                parts = [self.compile(operand) for operand in operands]
                if word == "and":
                    return lambda facts: all(bool(part(facts)) for part in parts)
                return lambda facts: any(bool(part(facts)) for part in parts)
            case Compare(first, rest):
                return self.compare(first, rest)
            case Call(function, arguments):
                return _call(_FUNCTIONS[function], [self.compile(a) for a in arguments])

    def compare(self, first: Node, rest: Sequence[tuple[str, Node]]) -> Value:
        nodes = [first, *(node for _, node in rest)]
        values = [self.compile(node) for node in nodes]
        kinds = [self.fields_kind(node) for node in nodes]
        pairs = []
        for i, (sign, _) in enumerate(rest):
            left = self.typed(nodes[i], values[i], kinds[i + 1])
            right = self.typed(nodes[i + 1], values[i + 1], kinds[i])
            if sign in ("==", "!=") and any(_is_none(node) for node in nodes[i : i + 2]):
                pairs.append(_none_test(sign, left, right))
            else:
                pairs.append(_comparison(_COMPARISONS[sign], left, right))
        if len(pairs) == 1:
            return pairs[0]
        return lambda facts: all(pair(facts) for pair in pairs)

    def fields_kind(self, node: Node) -> str | None:
        """TIME or DURATION where a node is such a field."""
        if not isinstance(node, Name):
            return None
        kind = field_of(node.path, self.now_s).kind
        return kind if kind in (TIME, DURATION) else None

    def typed(self, node: Node, value: Value, other: str | None) -> Value:
        """A text beside a time or duration is read as one."""
        if other is None or not isinstance(node, Literal) or not isinstance(node.value, str):
            return value
        if other == TIME:
            seconds = parse_time(node.value, self.now_s)
            hint = "as in '2 days ago', 'today', '2026-01-31' or '2026-01-31 12:00'"
        else:
            seconds = parse_duration(node.value)
            hint = "as in '90s', '10m', '1h 30m' or '2 days'"
        if seconds is None:
            why = f"{node.value!r} is no {'time' if other == TIME else 'duration'}"
            raise BadExpression(self.text, node.column, why, hint, option=self.option)
        return lambda facts: seconds


def _is_none(node: Node) -> bool:
    return isinstance(node, Literal) and node.value is None


def _none_test(sign: str, left: Value, right: Value) -> Value:
    if sign == "==":
        return lambda facts: left(facts) is None and right(facts) is None
    return lambda facts: left(facts) is not None or right(facts) is not None


def _comparison(compare: Callable[[Any, Any], bool], left: Value, right: Value) -> Value:
    def holds(facts: Facts) -> bool:
        a, b = left(facts), right(facts)
        if a is None or b is None:
            return False
        try:
            return bool(compare(a, b))
        except TypeError:  # a number and a text have no order
            return False

    return holds


def _arithmetic(calculate: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
    def result(facts: Facts) -> Any:
        a, b = left(facts), right(facts)
        # Numbers only: "a" * 10**9 and "%999999999d" % 1 would be answered with gigabytes.
        if not isinstance(a, int | float) or not isinstance(b, int | float):
            return None
        try:
            return calculate(a, b)
        except (ArithmeticError, ValueError):
            return None

    return result


def _call(function: Callable[..., Any], arguments: Sequence[Value]) -> Value:
    def result(facts: Facts) -> Any:
        values = [argument(facts) for argument in arguments]
        if any(value is None for value in values):
            return None
        try:
            return function(*values)
        except (TypeError, ValueError, ArithmeticError):
            return None

    return result
