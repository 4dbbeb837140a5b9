"""What `gitexp gc` did and what `gitexp doctor` found, in words."""

from __future__ import annotations

from gitexp.render import text
from gitexp.schema.freed import Freed

_SHOWN = 5


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
    return "\n".join(lines) + "\n"


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(map(text.plain, names[:_SHOWN])) + more
