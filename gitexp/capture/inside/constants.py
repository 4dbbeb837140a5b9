"""The constants of a script: names that it assigns once, at its top level."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_CALLS = frozenset(["int", "float", "str", "bool", "getenv", "get", "abs", "min", "max", "round"])


def constants(source: bytes) -> list[str]:
    """Names that a module assigns once, at its top level, to something made of constants."""
    module = ast.parse(source)
    stored: dict[str, int] = {}
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            stored[node.id] = stored.get(node.id, 0) + 1
        elif isinstance(node, ast.Global):
            for name in node.names:
                stored[name] = stored.get(name, 0) + 2
    found: list[str] = []
    for statement in module.body:
        for name, value in _assigned(statement):
            if (
                not name.startswith("_")
                and stored.get(name) == _top_stores(module, name)
                and _is_constant(value, set(found))
                and name not in found
            ):
                found.append(name)
    return found


def _top_stores(module: ast.Module, name: str) -> int:
    """Plain assignments of a name at the top level: a default and its correction are fine."""
    return sum(1 for s in module.body for n, _ in _assigned(s) if n == name)


def _assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        if isinstance(statement.target, ast.Name):
            yield statement.target.id, statement.value
    elif isinstance(statement, ast.Assign):
        for target in statement.targets:
            if isinstance(target, ast.Name):
                yield target.id, statement.value
            elif isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
                for name, value in zip(target.elts, statement.value.elts, strict=False):
                    if isinstance(name, ast.Name):
                        yield name.id, value


def _is_constant(node: ast.expr, known: set[str]) -> bool:
    if isinstance(node, ast.Constant):
        return not isinstance(node.value, bytes) and node.value is not ...
    if isinstance(node, ast.Name):
        return node.id in known
    if isinstance(node, ast.UnaryOp):
        return _is_constant(node.operand, known)
    if isinstance(node, ast.BinOp):
        return _is_constant(node.left, known) and _is_constant(node.right, known)
    if isinstance(node, ast.List | ast.Tuple):
        return bool(node.elts) and all(_is_constant(item, known) for item in node.elts)
    if isinstance(node, ast.IfExp):
        return _is_constant(node.body, known) and _is_constant(node.orelse, known)
    if isinstance(node, ast.BoolOp):
        return all(_is_constant(value, known) for value in node.values)
    if isinstance(node, ast.Call):
        name = node.func.attr if isinstance(node.func, ast.Attribute) else None
        name = node.func.id if isinstance(node.func, ast.Name) else name
        of_environment = isinstance(node.func, ast.Attribute) and "environ" in ast.dump(node.func)
        if name == "get" and not of_environment:
            return False
        return name in _CALLS and all(_is_constant(a, known) for a in node.args)
    return False
