"""Expression trees compiled into closures over run.json's dict.

A value that a run does not have is None, and any comparison with it is false; only `x == None`
and `x != None` ask for it. Nothing here can take long or much memory, whatever the expression.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
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
)
from gitexp.query.fields import DURATION, TIME, Facts, Field, field_of
from gitexp.query.moments import parse_duration, parse_time

Value = Callable[[Facts], Any]


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


class Compiler:
    """Turns a tree into a closure, and remembers the names that it uses.

    Args:
        text: the expression, for the message of an error.
        now_s: the present.
        option: where the expression was given.
    """

    def __init__(self, text: str, now_s: float, option: str) -> None:
        self.text, self.now_s, self.option = text, now_s, option
        self.fields: list[tuple[Name, Field]] = []

    def field(self, name: Name) -> Field:
        """What a name stands for; it is remembered in `fields`."""
        field = field_of(name.path, self.now_s)
        self.fields.append((name, field))
        return field

    def compile(self, node: Node) -> Value:
        """A function of run.json's dict that gives the tree's value."""
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
                return self._compare(first, rest)
            case Call(function, arguments):
                return _call(_FUNCTIONS[function], [self.compile(a) for a in arguments])

    def _compare(self, first: Node, rest: Sequence[tuple[str, Node]]) -> Value:
        nodes = [first, *(node for _, node in rest)]
        values = [self.compile(node) for node in nodes]
        kinds = [self._field_kind(node) for node in nodes]
        pairs = []
        for i, (sign, _) in enumerate(rest):
            left = self._typed(nodes[i], values[i], kinds[i + 1])
            right = self._typed(nodes[i + 1], values[i + 1], kinds[i])
            if sign in ("==", "!=") and any(_is_none(node) for node in nodes[i : i + 2]):
                pairs.append(_none_test(sign, left, right))
            else:
                pairs.append(_comparison(_COMPARISONS[sign], left, right))
        if len(pairs) == 1:
            return pairs[0]
        return lambda facts: all(pair(facts) for pair in pairs)

    def _field_kind(self, node: Node) -> str | None:
        """TIME or DURATION where a node is such a field."""
        if not isinstance(node, Name):
            return None
        kind = field_of(node.path, self.now_s).kind
        return kind if kind in (TIME, DURATION) else None

    def _typed(self, node: Node, value: Value, other: str | None) -> Value:
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
