"""What init() and the run's methods refuse: calls that wandb would not take either."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import index
from typing import Any

from gitexp.errors import BadArgument, UsageError
from gitexp.wandb.environment import MODES

_KNOWN: dict[str, tuple[Any, ...]] = {
    "mode": MODES,
    "reinit": (
        True, False, "default", "return_previous", "finish_previous", "create_new",
    ),
    "resume": (True, False, "must", "allow", "never", "auto", "true", "false", "none", ""),
}  # fmt: skip
LEVELS = ("INFO", "WARN", "ERROR")
_OF_NO_ID = ":;,#?/'"
_OF_NO_PROJECT = "/\\#?%:"
_LONGEST, _LONGEST_TAG = 128, 64


def check(asked: Mapping[str, Any]) -> None:
    """Refuse keywords that mean nothing, or contradict each other.

    Args:
        asked: keywords of init(), or those that Settings stand for.

    Raises:
        UsageError: names the keyword; a ValueError, too, where wandb raises one.
    """
    for keyword, known in _KNOWN.items():
        value = asked.get(keyword)
        if value is not None and value not in known:
            words = ", ".join(repr(word) for word in known if word is not None)
            raise BadArgument(f"{keyword} {value!r} is unknown", f"it is one of {words}")
    _check_id(asked.get("id"))
    _check_project(asked.get("project"))
    _check_tags(asked.get("tags"))
    ways = [way for way in ("resume", "fork_from", "resume_from") if asked.get(way)]
    if len(ways) > 1:
        raise BadArgument("resume, fork_from and resume_from exclude each other")


def check_choice(include: Sequence[str] | None, exclude: Sequence[str] | None) -> None:
    """Keys of the config are chosen or left out, not both.

    Raises:
        UsageError: both are given.
    """
    if include and exclude:
        raise UsageError("config_include_keys and config_exclude_keys exclude each other")


def _check_id(run_id: Any) -> None:
    if run_id is None:
        return
    text = str(run_id)
    if not text:
        raise UsageError("a run's id has at least one letter")
    if text != text.strip():
        raise UsageError(f"id {text!r} has a space at an end")
    if any(letter in _OF_NO_ID for letter in text):
        raise UsageError(f"id {text!r} may have none of {_OF_NO_ID}")
    if len(text) > _LONGEST:
        raise UsageError(f"id {text!r} is longer than {_LONGEST} letters")


def _check_project(project: Any) -> None:
    text = str(project or "")
    odd = [letter for letter in text if letter in _OF_NO_PROJECT]
    if odd:
        raise UsageError(
            f"project {text!r} has a {odd[0]!r}: it may have none of {_OF_NO_PROJECT}"
        )
    if len(text) > _LONGEST:
        raise UsageError(f"project {text!r} is longer than {_LONGEST} letters")


def _check_tags(tags: Any) -> None:
    for tag in (tags,) if isinstance(tags, str) else tags or ():
        if not 1 <= len(str(tag)) <= _LONGEST_TAG:
            raise BadArgument(f"Tag {tag!r} is invalid: it has 1 to {_LONGEST_TAG} characters")


def check_row(data: Any, step: Any) -> None:
    """What log() takes: names to values, and a step that is a number.

    Raises:
        TypeError: it is something else.
    """
    if not isinstance(data, Mapping):
        raise TypeError(f"log() takes a dict of names to values, not a {type(data).__name__}")
    if any(not isinstance(key, str) for key in data):
        raise TypeError("names of what log() takes are texts")
    if step is not None and not isinstance(step, float):
        index(step)


def checked_alert(level: Any, wait_duration: Any) -> tuple[str, float]:
    """The level of an alert as a word, and the seconds until it is told again.

    Raises:
        ValueError: the level is unknown.
        TypeError: the time is none.
    """
    word = getattr(level, "value", level) or "INFO"
    if word not in LEVELS:
        raise ValueError("level is 'INFO', 'WARN' or 'ERROR'")
    if not wait_duration:
        return word, 60.0
    if isinstance(wait_duration, int | float):
        return word, float(wait_duration)
    if not callable(getattr(wait_duration, "total_seconds", None)):
        raise TypeError("wait_duration is a number of seconds or a timedelta")
    return word, wait_duration.total_seconds()
