"""What init() refuses, before anything is begun."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.errors import BadArgument, UsageError
from gitexp.wandb.environment import MODES

REINIT = (
    None, True, False, "default", "return_previous", "finish_previous", "create_new",
)  # fmt: skip
_OF_NO_ID = ":;,#?/'"
_OF_NO_PROJECT = "/\\#?%:"
_LONGEST = 128


def check(asked: Mapping[str, Any], reinit: Any, *ways_on: str | None) -> None:
    """Refuse keywords that mean nothing, or contradict each other.

    Args:
        asked: keywords of init().
        reinit: likewise.
        ways_on: fork_from and resume_from.

    Raises:
        UsageError: names the keyword.
    """
    mode = asked.get("mode")
    if mode is not None and mode not in MODES:
        raise BadArgument(f"mode {mode!r} is unknown", f"it is one of {', '.join(MODES)}")
    if reinit not in REINIT:
        known = ", ".join(repr(way) for way in REINIT[1:])
        raise BadArgument(f"reinit {reinit!r} is unknown", f"it is one of {known}")
    _check_word("id", asked.get("id"), _OF_NO_ID)
    _check_word("project", asked.get("project"), _OF_NO_PROJECT)
    ways = [way for way in (asked.get("resume"), *ways_on) if way]
    if len(ways) > 1:
        raise BadArgument("resume, fork_from and resume_from exclude each other")


def check_choice(include: Sequence[str] | None, exclude: Sequence[str] | None) -> None:
    """Keys of the config are chosen or left out, not both.

    Raises:
        UsageError: both are given.
    """
    if include and exclude:
        raise UsageError("config_include_keys and config_exclude_keys exclude each other")


def _check_word(keyword: str, word: Any, forbidden: str) -> None:
    if word is None:
        return
    odd = [letter for letter in str(word) if letter in forbidden]
    if odd:
        raise UsageError(
            f"{keyword} {word!r} has a {odd[0]!r}", f"it may have none of {forbidden}"
        )
    if not str(word) or len(str(word)) > _LONGEST:
        raise UsageError(f"{keyword} {word!r} has 1 to {_LONGEST} letters")
