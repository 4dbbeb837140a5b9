"""What `gitexp gc` did and what `gitexp doctor` found, in words."""

from __future__ import annotations

from collections.abc import Sequence

from gitexp.render import text
from gitexp.schema.check import BAD, OK, WARN, Check
from gitexp.schema.freed import Freed

_SHOWN = 5
_COLOURS = {OK: "32", WARN: "33", BAD: "31;1"}


def freed_page(freed: Freed) -> str:
    """A few lines: what was freed, and what was not and why."""
    would = freed.dry_run
    what = "would free" if would else "freed"
    lines = [f"{what} {text.byte_size(freed.bytes + freed.leftovers_bytes)}"]
    if freed.objects:
        lines[0] += (
            f": {text.plural(freed.objects, 'object')} of removed runs and dropped checkpoints"
        )
    if freed.rewritten:
        names = _some(freed.rewritten)
        verb = "would be rewritten" if would else "rewritten"
        lines.append(f"history {verb} without dropped checkpoints: {names}")
    if freed.packs_after != freed.packs_before:
        before, after = freed.packs_before, freed.packs_after
        lines.append(f"checkpoint packs: {before} {'would become' if would else 'became'} {after}")
    if freed.loose_packed:
        verb = "would go" if would else "went"
        lines.append(f"{text.plural(freed.loose_packed, 'loose object')} {verb} into a pack")
    if freed.rows:
        lines.append(f"{text.plural(freed.rows, 'stale row')} dropped from the index")
    for name, why in list(freed.held.items())[:_SHOWN]:
        lines.append(f"kept {text.plain(name)} as it is: {text.plain(why)}")
    if len(freed.held) > _SHOWN:
        lines.append(f"kept {len(freed.held) - _SHOWN} more as they are (--json lists them)")
    if freed.young_bytes:
        size = text.byte_size(freed.young_bytes)
        lines.append(f"{size} more are younger than an hour: later, or with --now")
    if freed.git_bytes:
        size = text.byte_size(freed.git_bytes)
        lines.append(f"{size} more lie in git's own packs: `git gc` drops them in two weeks")
    if freed.lfs_bytes:
        size = text.byte_size(freed.lfs_bytes)
        lines.append(f"{size} more are git-lfs objects: `git lfs prune` drops them")
    return "\n".join(lines) + "\n"


def checks_page(checks: Sequence[Check], *, colour: bool) -> str:
    """A line for each check, its advice below it."""
    width = max(len(check.name) for check in checks)
    lines = []
    for check in checks:
        state = f"{check.state:<4}"
        if colour:
            state = f"\x1b[{_COLOURS[check.state]}m{state}\x1b[0m"
        lines.append(f"{state}  {check.name:<{width}}  {text.plain(check.says)}")
        if check.advice:
            lines.append(f"{'':{width + 8}}→ {text.plain(check.advice)}")
    return "\n".join(lines) + "\n"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(text.plain, names[:_SHOWN])) + more
