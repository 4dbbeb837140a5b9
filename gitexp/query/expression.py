"""`--where` expressions as text and as a tree: Python's grammar, cut down to a whitelist."""

from __future__ import annotations

import ast
import keyword
import re
import warnings
from dataclasses import dataclass, field

from gitexp.errors import BadExpression

LONGEST = 4000  # characters; nobody types more, and parsers have been hung with less
DEEPEST = 60  # levels of operators and parentheses

FUNCTIONS = {"abs": (1, 1), "len": (1, 1), "max": (1, None), "min": (1, None), "round": (1, 2)}
METHODS = {"startswith": 1, "endswith": 1, "lower": 0, "upper": 0}

_BINARY = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Mod: "%",
    ast.Pow: "**",
}  # fmt: skip
_UNARY = {ast.USub: "-", ast.UAdd: "+", ast.Not: "not"}
_COMPARE = {
    ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=",
    ast.In: "in", ast.NotIn: "not in", ast.Is: "==", ast.IsNot: "!=",
}  # fmt: skip


def _column() -> int:
    return field(default=1, compare=False, repr=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal:
    """A number, string, bool or None."""

    value: bool | int | float | str | None
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Name:
    """A fact, metric or config key: `config.lr` and `config["lr"]` are `("config", "lr")`."""

    path: tuple[str | int, ...]  # the first is an identifier
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Items:
    """A list, tuple or set."""

    items: tuple[Node, ...]
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Unary:
    """`-x`, `+x`, `not x`."""

    operator: str
    operand: Node
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Binary:
    """Arithmetic on two values."""

    operator: str
    left: Node
    right: Node
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Compare:
    """`first < a <= b …`: each pair of neighbours must hold."""

    first: Node
    rest: tuple[tuple[str, Node], ...]
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Logic:
    """`a and b and …`, `a or b or …`."""

    operator: str
    operands: tuple[Node, ...]
    column: int = _column()


@dataclass(frozen=True, slots=True)
class Call:
    """`len(x)`, or `x.startswith("a")` with x as the first argument."""

    function: str
    arguments: tuple[Node, ...]
    column: int = _column()


Node = Literal | Name | Items | Unary | Binary | Compare | Logic | Call


def parse(text: str, option: str = "--where") -> Node:
    """Read an expression.

    Args:
        text: the expression, at most `LONGEST` characters.
        option: where it was given, for the message of an error.

    Raises:
        BadExpression: it is no expression, or uses something outside the whitelist.
    """
    if len(text) > LONGEST:
        raise BadExpression(text[:40] + "…", 1, f"longer than {LONGEST} characters", option=option)
    line = text.replace("\n", " ").replace("\r", " ").replace("\t", " ")
    body = line.lstrip()
    if not body:
        raise BadExpression(text, 1, "it is empty", option=option)
    reader = _Reader(line, len(line) - len(body), body.encode("utf-8", "replace"), option)
    try:
        with warnings.catch_warnings():
            # Python warns of odd escapes such as "\d"; the expression is not Python's business.
            warnings.simplefilter("ignore")
            tree = ast.parse(reader.source, mode="eval")
        return reader.read(tree.body)
    except SyntaxError as error:
        # An expression that breaks off is reported at column 0 or on a line after the last.
        inside = error.lineno == 1 and error.offset
        column = reader.column_at((error.offset or 0) - 1 if inside else len(body))
        why, hint = _why_not(error.msg, line, column)
        raise BadExpression(line, column, why, hint, option=option) from None
    except (RecursionError, MemoryError):
        raise BadExpression(line, 1, "nested too deeply", option=option) from None
    except ValueError as error:  # a NUL byte, a number of more than 4,300 digits
        raise BadExpression(line, 1, str(error), option=option) from None


def format_expression(node: Node) -> str:
    """The canonical text of a tree; `parse` gives the same tree back."""
    match node:
        case Literal(value):
            return "1e999" if value == float("inf") else repr(value)
        case Name(path):
            return str(path[0]) + "".join(_format_part(part) for part in path[1:])
        case Items(items):
            return f"[{', '.join(map(format_expression, items))}]"
        case Unary(operator, operand):
            return f"{operator} {_inner(operand)}" if operator == "not" else (
                f"{operator}{_inner(operand)}"
            )  # fmt: skip
        case Binary(operator, left, right):
            return f"{_inner(left)} {operator} {_inner(right)}"
        case Compare(first, rest):
            return _inner(first) + "".join(f" {op} {_inner(node)}" for op, node in rest)
        case Logic(operator, operands):
            return f" {operator} ".join(map(_inner, operands))
        case Call(function, arguments) if function in METHODS:
            subject, *others = arguments
            inside = ", ".join(map(format_expression, others))
            # A number needs parentheses before a method: `1.lower()` is no Python.
            before = _inner(subject) if isinstance(subject, Name | Call) else (
                f"({format_expression(subject)})"
            )  # fmt: skip
            return f"{before}.{function}({inside})"
        case Call(function, arguments):
            return f"{function}({', '.join(map(format_expression, arguments))})"


def _inner(node: Node) -> str:
    text = format_expression(node)
    return text if isinstance(node, Literal | Name | Items | Call) else f"({text})"


def _format_part(part: str | int) -> str:
    if isinstance(part, str) and part.isidentifier() and part.isascii():
        return f"[{part!r}]" if keyword.iskeyword(part) or part in METHODS else f".{part}"
    return f"[{part!r}]"


def _why_not(message: str, line: str, column: int) -> tuple[str, str | None]:
    if "==" in message or line[column - 1 : column + 1].strip() == "=":
        return "`=` does not compare", "use `==`, as in status == 'finished'"
    for word in re.findall(r"[a-zA-Z_]+", line):
        if keyword.iskeyword(word) and word not in _USED_KEYWORDS:
            hint = f'{word!r} is a Python keyword; as a key it is written config["{word}"]'
            return "invalid syntax", hint
    return message, None


_USED_KEYWORDS = ("and", "or", "not", "in", "is", "True", "False", "None")


@dataclass(slots=True)
class _Reader:
    line: str
    indent: int  # characters that were stripped on the left
    source: bytes  # UTF-8: ast counts columns in bytes
    option: str
    depth: int = 0

    def column_at(self, offset: int) -> int:
        """Column of the line, from 1, for an offset in characters of the stripped source."""
        return max(1, min(self.indent + offset + 1, len(self.line) + 1))

    def column(self, node: ast.AST) -> int:
        offset = getattr(node, "col_offset", 0)
        return self.column_at(len(self.source[:offset].decode("utf-8", "replace")))

    def wrong(self, node: ast.AST, why: str, hint: str | None = None) -> BadExpression:
        return BadExpression(self.line, self.column(node), why, hint, option=self.option)

    def read(self, node: ast.expr) -> Node:
        if self.depth > DEEPEST:
            raise self.wrong(node, "nested too deeply")
        self.depth += 1
        tree = self.tree(node)
        self.depth -= 1
        return tree

    def tree(self, node: ast.expr) -> Node:
        column = self.column(node)
        match node:
            case ast.Constant(value):
                if value is None or isinstance(value, bool | int | float | str):
                    return Literal(value, column=column)
                raise self.wrong(node, f"{value!r} is no number, string, bool or None")
            case ast.Name() | ast.Attribute() | ast.Subscript():
                return Name(tuple(self.path(node)), column=column)
            case ast.List(items) | ast.Tuple(items) | ast.Set(items):
                return Items(tuple(map(self.read, items)), column=column)
            case ast.UnaryOp(op, operand) if type(op) in _UNARY:
                return Unary(_UNARY[type(op)], self.read(operand), column=column)
            case ast.BinOp(left, op, right) if type(op) in _BINARY:
                return Binary(_BINARY[type(op)], self.read(left), self.read(right), column=column)
            case ast.BoolOp(op, values):
                word = "and" if isinstance(op, ast.And) else "or"
                return Logic(word, tuple(map(self.read, values)), column=column)
            case ast.Compare(left, ops, others):
                names = [_COMPARE[type(op)] for op in ops]
                rest = tuple(zip(names, map(self.read, others), strict=True))
                return Compare(self.read(left), rest, column=column)
            case ast.Call():
                return self.call(node)
        raise self.wrong(
            node,
            f"{_SPOKEN.get(type(node).__name__, type(node).__name__)} cannot be used here",
            "comparisons, and/or/not, in, arithmetic, names and literals can",
        )

    def path(self, node: ast.expr) -> list[str | int]:
        match node:
            case ast.Name(name):
                return [name]
            case ast.Attribute(value, name):
                return [*self.path(value), name]
            case ast.Subscript(value, ast.Constant(str() as key)):
                return [*self.path(value), key]
            case ast.Subscript(value, ast.Constant(int() as key)) if not isinstance(key, bool):
                return [*self.path(value), key]
            case ast.Subscript(value, ast.UnaryOp(ast.USub(), ast.Constant(int() as key))):
                return [*self.path(value), -key]
            case ast.Subscript():
                raise self.wrong(node.slice, 'a key in [] is a string or a whole number: ["a-b"]')
        raise self.wrong(node, "only a name can be followed by a dot or []")

    def call(self, node: ast.Call) -> Call:
        if node.keywords:
            raise self.wrong(node.keywords[0], "named arguments cannot be used")
        arguments = node.args
        match node.func:
            case ast.Name(name) if name in FUNCTIONS:
                least, most = FUNCTIONS[name]
            case ast.Attribute(subject, name) if name in METHODS:
                arguments = [subject, *arguments]
                least = most = METHODS[name] + 1
            case ast.Name(name) | ast.Attribute(_, name):
                known = ", ".join([*FUNCTIONS, *(f"x.{method}" for method in METHODS)])
                raise self.wrong(node, f"there is no function {name!r}", f"there are {known}")
            case _:
                raise self.wrong(node, "only a function's name can be called")
        if len(arguments) < least or (most is not None and len(arguments) > most):
            raise self.wrong(node, f"wrong number of arguments for {name!r}")
        for argument in arguments:
            if isinstance(argument, ast.Starred):
                raise self.wrong(argument, "* cannot be used here")
        return Call(name, tuple(map(self.read, arguments)), column=self.column(node))


_SPOKEN = {
    "IfExp": "if … else",
    "Lambda": "a lambda",
    "ListComp": "a comprehension",
    "SetComp": "a comprehension",
    "GeneratorExp": "a comprehension",
    "DictComp": "a comprehension",
    "Dict": "a dict",
    "JoinedStr": "an f-string",
    "NamedExpr": "an assignment",
    "Starred": "a star",
    "BinOp": "this operator",
    "UnaryOp": "this operator",
}
