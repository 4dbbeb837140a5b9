"""How often: rates from counters, and costly work only as often as a share of a core allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

# Shorter intervals give noise: a counter of 10 ms ticks is read against 20 ms.
SHORTEST_S = 0.05


class Rates:
    """Differences of counters over time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._before: dict[str, float] = {}
        self._time_s = 0.0

    def per_second(self, counters: Mapping[str, float]) -> dict[str, float]:
        """What each counter has grown by, per second since the last call.

        Nothing for counters that are new or have gone back (wrapped, or a device that went away);
        nothing at all, and no new beginning, before `SHORTEST_S` have passed.
        """
        now = self._clock()
        elapsed = now - self._time_s
        if self._before and elapsed < SHORTEST_S:
            return {}
        rates = {
            key: (value - self._before[key]) / elapsed
            for key, value in counters.items()
            if key in self._before and value >= self._before[key]
        }
        self._before, self._time_s = dict(counters), now
        return rates


class Pace:
    """Says when work is due again: after so long that it costs at most a share of one core."""

    def __init__(
        self, share: float, at_least_s: float = 0.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Begin with work that is due at once.

        Args:
            share: of one core, 0.002 for two thousandths.
            at_least_s: shortest time from one beginning to the next.
            clock: seconds.
        """
        self._share = share
        self._at_least_s = at_least_s
        self._clock = clock
        self._next_s = float("-inf")

    @property
    def due(self) -> bool:
        """Whether the work may be done now."""
        return self._clock() >= self._next_s

    @contextmanager
    def work(self) -> Iterator[None]:
        """Measures what the work costs."""
        began_s = self._clock()
        try:
            yield
        finally:
            took_s = self._clock() - began_s
            self._next_s = began_s + max(self._at_least_s, took_s / self._share)
