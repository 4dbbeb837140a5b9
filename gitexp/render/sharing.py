"""What a push or a fetch did, in lines for people."""

from __future__ import annotations

from collections.abc import Sequence

from gitexp.render import text
from gitexp.render.terminal_text import Paint
from gitexp.schema.shared import (
    BEHIND,
    CHANGED,
    GONE,
    LEFT_OUT,
    MERGED,
    NEW,
    REFUSED,
    RENAMED,
    Shared,
    SharedRun,
)

_SHOWN = 20
_WIDTH = max(map(len, (NEW, CHANGED, MERGED, RENAMED)))
_STYLES = {NEW: "green", CHANGED: "cyan", MERGED: "cyan", RENAMED: "yellow"}


def shared_runs(done: Shared, *, colour: bool, dry_run: bool = False) -> str:
    """One line for each run that was shared, and the sum.

    Args:
        done: what was done.
        colour: whether escape codes may be used.
        dry_run: whether it only would be done.
    """
    paint = Paint(colour)
    moved = done.of(NEW, CHANGED, MERGED, RENAMED)
    lines = [
        f"{paint(f'{run.what:<{_WIDTH}}', _STYLES[run.what])}  {text.one_line(run.name)}"
        f"{_aside(run)}"
        for run in moved[:_SHOWN]
    ]
    if len(moved) > _SHOWN:
        lines.append(f"… and {text.plural(len(moved) - _SHOWN, 'more run')}")
    counts = [
        f"{len(found):,} {what}"
        for what in (NEW, CHANGED, MERGED, RENAMED)
        if (found := done.of(what))
    ]
    if done.unchanged or done.runs:
        counts.append(f"{done.unchanged:,} up to date")
    else:
        counts.append("no runs")
    size = f", {text.byte_size(done.bytes)}" if done.bytes else ""
    lines.append(f"{done.remote}: {', '.join(counts)}{size}{' (dry run)' if dry_run else ''}")
    return "".join(f"{line}\n" for line in lines)


def shared_problems(done: Shared) -> list[tuple[str, str]]:
    """What did not go as asked, and what to do about it: pairs of (line, hint)."""
    said = [(warning, "") for warning in done.warnings]
    said += [(f"{text.one_line(run.name)}: {run.why}", run.hint) for run in done.of(BEHIND)]
    if gone := done.of(GONE):
        said.append((f"{done.remote} no longer has {_some(gone)}: kept here", gone[0].hint))
    said += [
        (f"{text.one_line(run.name)} was {run.what}: {text.one_line(run.why)}", run.hint)
        for run in done.of(REFUSED, LEFT_OUT)
    ]
    return said


def _some(runs: Sequence[SharedRun]) -> str:
    names = [text.one_line(run.name) for run in runs]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _aside(run: SharedRun) -> str:
    facts = []
    if run.was:
        facts.append(f"was {text.one_line(run.was)}")
    if run.there:
        facts.append(f"there {text.one_line(run.there)}")
    if run.why:
        facts.append(text.one_line(run.why))
    return f"  ({', '.join(facts)})" if facts else ""
