"""What `gitexp record` looks at output with: its readers are loaded once there is any."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gitexp.journal import folders
from gitexp.record.observer import Found

if TYPE_CHECKING:
    from gitexp.capture.output_metrics import OutputMetrics


class OutputObserver:
    """An `OutputMetrics` that is loaded late: to compile its patterns takes 30 ms."""

    def __init__(
        self, patterns: Sequence[str] = (), *, printed: bool = True, command: Sequence[str] = ()
    ) -> None:
        """The same as for `OutputMetrics`.

        Raises:
            BadSetting: a pattern is not a regular expression with a named group.
        """
        self._patterns, self._printed, self._command = patterns, printed, command
        self._folder: Path | None = None
        self._early: list[tuple[bytes, int, float]] = []
        # Patterns of one's own may be wrong, and that is to be known before anything runs.
        self._metrics: OutputMetrics | None = self._load() if patterns else None

    def begin(self, folder: Path) -> None:
        """The journal that the rows are for."""
        self._folder = folder
        if self._metrics is not None:
            self._metrics.begin(folder)

    def feed(self, chunk: bytes, stream: int) -> None:
        """Put output aside."""
        if self._metrics is not None:
            self._metrics.feed(chunk, stream)
        elif self._printed:
            self._early.append((chunk, stream, time.time()))

    def take(self, *, final: bool = False) -> Found:
        """Read what came since the last call."""
        if self._metrics is None:
            if not self._early and not self._has_file():
                return Found()
            metrics = self._load()
            if self._folder is not None:
                metrics.begin(self._folder)
            self._metrics = metrics
        # The relaying thread may have put something aside while the readers were loaded.
        while self._early:
            self._metrics.feed_at(*self._early.pop(0))
        return self._metrics.take(final=final)

    def _load(self) -> OutputMetrics:
        from gitexp.capture.output_metrics import OutputMetrics

        return OutputMetrics(self._patterns, printed=self._printed, command=self._command)

    def _has_file(self) -> bool:
        try:
            return self._folder is not None and bool(
                (self._folder / folders.METRICS_IN).stat().st_size
            )
        except OSError:
            return False
