"""Untrusted text inside Markdown, so that GitHub shows it and does nothing else with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from urllib.parse import quote

from gitexp.render.text import one_line, plain

# What begins an inline construct anywhere in a line. `_` is needed for emphasis at word ends only,
# but `a_b_` is not worth telling apart.
_INLINE = re.compile(r"[\\`*_\[\]<>|~$&]")
_LINE_START = re.compile(r"(?m)^(\s*)(?:(?=[-+=#:])|(\d{1,9})(?=[.)](?:\s|$)))")
# A word joiner is invisible and is no part of a user's name, an issue's number or a host.
_MENTION = re.compile(r"(?i)[@#](?=\w)|\bgh(?=-\d)")
_LINK = re.compile(r"(?i)(:(?=//)|\bwww(?=\.)|\b(?:mailto|xmpp)(?=:))")
_JOINER = "\u2060"


def text(value: str) -> str:
    """Plain text in a paragraph or list item; no markup, link, mention or issue reference."""
    return _escape(plain(value))


def cell(value: str) -> str:
    """Plain text in a table's cell: `text` on one line, never empty of meaning to the table."""
    return _escape(one_line(value)).strip()


def code(value: str) -> str:
    """A code span on one line, safe in a table too (GFM takes `\\|` there for a pipe).

    Outside a table a backslash before a pipe would show, so `code_cell` is its own function.
    """
    value = one_line(value)
    if not value.strip():
        return f"`{value or ' '}`"
    ticks = "`" * (1 + max((len(run) for run in re.findall(r"`+", value)), default=0))
    pad = " " if value[0] in " `" or value[-1] in " `" else ""
    return f"{ticks}{pad}{value}{pad}{ticks}"


def code_cell(value: str) -> str:
    """A code span in a table's cell."""
    return code(value).replace("|", "\\|")


def fence(value: str, language: str = "") -> str:
    """A fenced block that the text inside cannot end."""
    value = plain(value)
    longest = max((len(run) for run in re.findall(r"`{3,}", value)), default=2)
    ticks = "`" * (longest + 1)
    return f"{ticks}{language}\n{value.rstrip()}\n{ticks}"


def path(value: str) -> str:
    """A relative link's target: a path in the run's tree that cannot leave it or be a URL."""
    parts = [part for part in plain(value).split("/") if part not in ("", ".", "..")]
    return "/".join(quote(part, safe="") for part in parts)


def table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str = "") -> str:
    """A GFM table of cells that are Markdown already.

    Args:
        head: the columns' titles.
        rows: one sequence of cells for each row, as long as `head`.
        align: for each column `l`, `r` or `c`; left where it is shorter.
    """
    marks = {"l": "---", "r": "---:", "c": ":---:"}
    rule = [marks[mark] for mark in align.ljust(len(head), "l")]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows))


def _escape(value: str) -> str:
    value = _INLINE.sub(r"\\\g<0>", value)
    value = _LINE_START.sub(r"\1\2\\", value)
    value = _MENTION.sub(rf"\g<0>{_JOINER}", value)
    return _LINK.sub(rf"\g<0>{_JOINER}", value)
