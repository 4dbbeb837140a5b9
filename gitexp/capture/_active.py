"""The run that a framework's callback writes to, and the config that it brings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitexp.record.active import ActiveRun
from gitexp.record.api import current, init
from gitexp.record.idle import IdleRun

Settings = Mapping[str, Any]


def run_for(options: Settings) -> ActiveRun | IdleRun:
    """The active run, else one that begins with these options of `gitexp.init`.

    Raises:
        GitexpError: there is none, and none can begin; the training has not begun either.
    """
    run = current()
    return init(**options) if run is None or run.ended else run


def plain_settings(values: Mapping[str, Any]) -> dict[str, Any]:
    """Numbers, texts, bools and lists or mappings of these; all else is left out."""
    kept = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            value = plain_settings(value)
            if not value:
                continue
        elif isinstance(value, list | tuple):
            if not all(isinstance(item, bool | int | float | str) for item in value):
                continue
            value = list(value)
        elif value is not None and not isinstance(value, bool | int | float | str):
            continue
        kept[str(key)] = value
    return kept


def as_number(text: str) -> int | float | str:
    """What a library wrote as a text, as the number that it is."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
