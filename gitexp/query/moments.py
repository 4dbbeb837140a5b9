"""Times and durations as people type them: `2 days ago`, `2026-01-31`, `1h 30m`."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

_UNITS = {
    "ms": 0.001,
    "s": 1, "sec": 1, "second": 1,
    "m": 60, "min": 60, "minute": 60,
    "h": 3600, "hr": 3600, "hour": 3600,
    "d": 86400, "day": 86400,
    "w": 7 * 86400, "week": 7 * 86400,
    "mo": 30 * 86400, "month": 30 * 86400,
    "y": 365 * 86400, "year": 365 * 86400,
}  # fmt: skip
_PART = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-z]+)?\s*(?:,|and\b)?", re.IGNORECASE)


def parse_duration(text: str) -> float | None:
    """Seconds of `10m`, `1h 30m`, `2 days`, `90` (seconds); None if it is no duration."""
    total, position, text = 0.0, 0, text.strip()
    while position < len(text):
        match = _PART.match(text, position)
        if match is None:
            return None
        unit = (match[2] or "s").lower()
        size = _UNITS.get(unit) or _UNITS.get(unit.removesuffix("s"))
        if size is None or (match[2] is None and (position or match.end() < len(text))):
            return None
        total += float(match[1]) * size
        position = match.end()
    return total if text else None


def parse_time(text: str, now_s: float) -> float | None:
    """Seconds since the epoch of a time as people write it; None if it is none.

    Args:
        text: `now`, `today`, `yesterday`, `2 days ago`, `2026-01-31`, `2026-01-31 12:00`, or ISO
            8601 with a zone. Without a zone it is local time, as everywhere in git.
        now_s: the present.
    """
    words = text.strip().lower()
    midnight = datetime.fromtimestamp(now_s).replace(hour=0, minute=0, second=0, microsecond=0)
    if words == "now":
        return now_s
    if words == "today":
        return midnight.timestamp()
    if words == "yesterday":
        return (midnight - timedelta(days=1)).timestamp()
    if words.endswith("ago"):
        before = parse_duration(words[:-3])
        return None if before is None else now_s - before
    try:
        return datetime.fromisoformat(re.sub(r"[zZ]$", "+00:00", text.strip())).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
