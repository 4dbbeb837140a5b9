"""Which captures are active: all, those that were chosen, or none."""

from __future__ import annotations

from collections.abc import Sequence

from gitexp.capture import inside
from gitexp.errors import UsageError

# argv and output look from outside; the rest is looked for inside the Python processes.
OUTSIDE = ("argv", "output")
INSIDE = inside.CAPTURES
CAPTURES = (*OUTSIDE, *INSIDE)


def chosen_captures(
    setting: Sequence[str], option: str | None = None, *, none: bool = False
) -> tuple[str, ...]:
    """The active captures, in the order of `CAPTURES`.

    Args:
        setting: `capture.use` of the project; empty means all.
        option: `--capture`, comma-separated; it wins over the setting.
        none: `--no-capture`; the command line is read all the same.

    Raises:
        UsageError: a name is none of them.
    """
    if none:
        return ("argv",)
    wanted = [name.strip() for name in option.split(",")] if option else list(setting)
    unknown = [name for name in wanted if name not in CAPTURES]
    if unknown:
        raise UsageError(
            f"there is no capture named {unknown[0]!r}", f"they are {', '.join(CAPTURES)}"
        )
    return tuple(name for name in CAPTURES if not wanted or name in wanted)
