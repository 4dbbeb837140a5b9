"""Settings of a process's trainings: one config, however many models it trains.

Where trainings differ, a key has the list of their values; where somebody searches, what varies is
no config any more.
"""

from __future__ import annotations

from typing import Any

from gitexp.capture.inside import config

_MOST_VALUES = 8

_known: dict[tuple[str, str], list[dict[str, Any]]] = {}


def tell(source: str, settings: dict[str, Any], *, under: str = "") -> None:
    """Add the settings of one more training.

    Args:
        source: the capture.
        settings: plain data.
        under: the key that they stand under; nothing puts them at the top.
    """
    known = _known.setdefault((source, under), [])
    if settings in known or len(known) > _MOST_VALUES:
        return
    known.append(settings)
    joined = _joined(known)
    if len(known) > _MOST_VALUES:
        varying = [k for k in joined if any(s.get(k) != known[0].get(k) for s in known)]
        for key in varying:
            config.drop(f"{under}.{key}" if under else key)
    else:
        config.add(config.OBJECTS, source, {under: joined} if under else joined)


def _joined(known: list[dict[str, Any]]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for key in dict.fromkeys(key for settings in known for key in settings):
        values: list[Any] = []
        for settings in known:
            if key not in settings:
                continue
            value = settings[key]
            if not any(value is other or repr(value) == repr(other) for other in values):
                values.append(value)
        merged[key] = values[0] if len(values) == 1 else values
    return merged
