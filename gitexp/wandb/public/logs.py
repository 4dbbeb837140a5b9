"""What a run printed, as lines."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from gitexp.query.runs import Found
from gitexp.query.view import read_output
from gitexp.store.repository import Repository
from gitexp.store.runs import RunStore
from gitexp.wandb.public.listed import Listed


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line; when it was printed, and where to, is not kept."""

    number: int
    content: str
    timestamp: str | None = None
    level: str | None = None
    label: str | None = None


def log_lines(repo: Repository, found: Found, last: int | None = None) -> Listed[LogLine]:
    """All lines, or the last ones, the oldest first."""
    text, total = read_output(RunStore(repo), found, sys.maxsize if last is None else last)
    lines = text.splitlines()
    first = total - len(lines)
    return Listed([LogLine(first + i, line) for i, line in enumerate(lines)])
