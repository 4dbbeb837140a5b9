"""What a script means by the second of two bare numbers: `print(t, loss.item())` → `loss`."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from pathlib import Path

_MOST_BYTES = 1 << 20


def bare_name(command: Sequence[str]) -> str | None:
    """The name in the command's Python script; None if there is not exactly one.

    Args:
        command: as typed; the first word that is a `.py` file is the script.
    """
    script = next((Path(word) for word in command if word.endswith(".py")), None)
    try:
        if script is None or script.stat().st_size > _MOST_BYTES:
            return None
        tree = ast.parse(script.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError):
        return None
    names = {
        name
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and getattr(node.func, "id", None) == "print"
        if len(node.args) == 2 and not node.keywords and isinstance(node.args[0], ast.Name)
        if (name := _root(node.args[1])) is not None
    }
    return names.pop() if len(names) == 1 else None


def _root(node: ast.expr) -> str | None:
    """`loss`, `loss.item()`, `loss.data[0]`, `float(loss)` → loss."""
    while True:
        if isinstance(node, ast.Name):
            return node.id
        if isinstance(node, ast.Call):
            node = node.args[0] if isinstance(node.func, ast.Name) and node.args else node.func
        elif isinstance(node, ast.Attribute | ast.Subscript):
            node = node.value
        else:
            return None
