"""One thing that `gitexp doctor` looked at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

OK, WARN, BAD = "ok", "warn", "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """What is the case, and what to do about it."""

    name: str  # one word: git, repository, …
    state: str  # OK, WARN: something is missing or in the way, BAD: runs are or may be lost
    says: str
    advice: str = ""

    def to_json(self) -> dict[str, Any]:
        """As `gitexp doctor --json` prints it."""
        return asdict(self)
