"""Times as the format writes them: UTC, ISO 8601."""

from __future__ import annotations

from datetime import datetime, timezone


def to_iso(time_s: float) -> str:
    """Seconds since the epoch → `2026-01-31T12:00:00.123Z`."""
    moment = datetime.fromtimestamp(time_s, timezone.utc)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def from_iso(text: str) -> float:
    """`2026-01-31T12:00:00.123Z` → seconds since the epoch.

    Raises:
        ValueError: the text is not such a time.
    """
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
