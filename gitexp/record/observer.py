"""What looks at a command's output for the supervisor; the layers above bring it along."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol


@dataclass(slots=True)
class Found:
    """What an observer has found since it was asked last."""

    rows: list[dict[str, Any]] = field(default_factory=list)  # for metrics.jsonl
    summary: dict[str, Any] = field(default_factory=dict)
    sources: dict[str, str] = field(default_factory=dict)  # metric → what gave it, new ones only


class Observer(Protocol):
    """Reads metrics from output.

    `feed` is called by the thread that relays the output, everything else by one thread of the
    supervisor's at a time. An observer that raises is not asked again.
    """

    def begin(self, folder: Path) -> None:
        """The run's journal, before anything else."""

    def feed(self, chunk: bytes, stream: int) -> None:
        """Output as it comes; must return at once."""

    def take(self, *, final: bool = False) -> Found:
        """What is sure by now; with `final` everything, as nothing more will come."""
        raise NotImplementedError
