"""Source code as lines of tokens, whose classes are the short ones of Pygments."""

from __future__ import annotations

from functools import cache
from typing import Any

from gitexp.render.text import plain

HIGHLIGHTED_BYTES = 400_000  # a larger file is shown without colours
SHOWN_BYTES = 2_000_000
SHOWN_LINES = 20_000
_LINE = 2_000  # characters


def source_document(path: str, content: bytes) -> dict[str, Any]:
    """A file as {"lines": [[[class, text], …], …], "truncated": bool, "binary": bool}."""
    if is_binary(content):
        return {"lines": [], "truncated": False, "binary": True}
    lines = source_lines(path, content[:SHOWN_BYTES].decode("utf-8", "replace"))
    truncated = len(content) > SHOWN_BYTES or len(lines) > SHOWN_LINES
    return {"lines": lines[:SHOWN_LINES], "truncated": truncated, "binary": False}


def source_lines(path: str, source: str) -> list[list[tuple[str, str]]]:
    """Lines of (class, text); the class is "" where a token has no colour.

    Args:
        path: its end tells the language.
        source: the text.
    """
    lexer = _lexer_of(path.rpartition("/")[2]) if len(source) <= HIGHLIGHTED_BYTES else None
    return _lines(lexer, source)


def code_lines(source: str, language: str) -> list[list[tuple[str, str]]]:
    """The same of a block of code, by its language's name: `python`, `yaml`, …; "": none."""
    known = bool(language) and len(source) <= HIGHLIGHTED_BYTES
    return _lines(_lexer_named(language) if known else None, source)


def _lines(lexer: Any, source: str) -> list[list[tuple[str, str]]]:
    source = source.replace("\r\n", "\n").replace("\r", "\n")
    lines: list[list[tuple[str, str]]] = [[]]
    for name, text in _tokens(lexer, source):
        first, *others = text.split("\n")
        _add(lines[-1], name, first)
        for part in others:
            lines.append([])
            _add(lines[-1], name, part)
    if not lines[-1]:
        lines.pop()
    return lines


def is_binary(content: bytes) -> bool:
    """Whether a file is no text, as git judges it."""
    return b"\0" in content[:8_000]


def _add(line: list[tuple[str, str]], name: str, text: str) -> None:
    used = sum(len(part) for _, part in line) if line else 0
    text = plain(text)[: _LINE - used]
    if not text:
        return
    if line and line[-1][0] == name:
        line[-1] = (name, line[-1][1] + text)
    else:
        line.append((name, text))


def _tokens(lexer: Any, source: str) -> list[tuple[str, str]]:
    if lexer is None:
        return [("", source)]
    from pygments.token import STANDARD_TYPES

    found = []
    for kind, text in lexer.get_tokens(source):
        while kind not in STANDARD_TYPES:
            kind = kind.parent
        name = STANDARD_TYPES[kind]
        found.append(("" if name == "w" else name, text))
    return found


@cache
def _lexer_of(file: str) -> Any:
    from pygments.lexers import get_lexer_for_filename
    from pygments.util import ClassNotFound

    try:
        return get_lexer_for_filename(file, ensurenl=False, stripnl=False)
    except ClassNotFound:
        return None


@cache
def _lexer_named(language: str) -> Any:
    from pygments.lexers import get_lexer_by_name
    from pygments.util import ClassNotFound

    try:
        return get_lexer_by_name(language, ensurenl=False, stripnl=False)
    except ClassNotFound:
        return None
