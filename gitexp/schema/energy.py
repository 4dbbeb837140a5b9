"""Joules of one device from its counter or, where it has none, from samples of its power."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

# No single device draws more; a counter that says so has jumped.
_MOST_WATTS = 10_000.0
# A pause between two samples is a gap if it is this long and this much longer than usual: the
# machine slept or stood still, and nobody knows what it drew.
_GAP_S = 10.0
_GAP_RATIO = 5.0
_FIRST_GAP_S = 60.0  # before it is known what is usual


@dataclass(slots=True)
class SamplePace:
    """What the usual time between two samples is."""

    recent_s: deque[float] = field(default_factory=lambda: deque(maxlen=5))

    def is_gap(self, pause_s: float) -> bool:
        """Whether so long a pause is none of the usual ones."""
        if not self.recent_s:
            return pause_s > _FIRST_GAP_S
        return pause_s > _GAP_S and pause_s > _GAP_RATIO * median(self.recent_s)

    def add(self, pause_s: float) -> None:
        """Take in the next pause, usual or not: a new pace is soon the usual one."""
        if pause_s > 0:
            self.recent_s.append(pause_s)


@dataclass(slots=True)
class EnergyMeter:
    """Adds up one device.

    A counter is believed, also over a gap. Where it went back (it wrapped, or the driver was
    loaded anew) or jumped, that one interval is filled from the power samples if there are any.
    """

    joules: float = 0.0
    by_counter: bool = False  # which of both has contributed
    by_power: bool = False
    _time_s: float | None = None
    _counter_j: float | None = None
    _power_w: float | None = None

    def add(
        self, time_s: float, pace: SamplePace, counter_j: float | None, power_w: float | None
    ) -> None:
        """Take in the device's part of a sample; power is what it draws at that moment."""
        power_w = power_w if power_w is not None and 0 <= power_w <= _MOST_WATTS else None
        pause_s = 0.0 if self._time_s is None else time_s - self._time_s
        if not self._count(pause_s, counter_j):
            self._integrate(pause_s, pace, power_w)
        self._time_s, self._power_w = time_s, power_w
        if counter_j is not None:
            self._counter_j = counter_j

    def add_mean(self, pause_s: float, pace: SamplePace, power_w: float) -> None:
        """Take in power that is the mean over the time since the sample before."""
        if 0 <= power_w <= _MOST_WATTS and pause_s > 0 and not pace.is_gap(pause_s):
            self.joules += power_w * pause_s
            self.by_power = True

    def _count(self, pause_s: float, counter_j: float | None) -> bool:
        if counter_j is None or self._counter_j is None:
            return False
        grown_j = counter_j - self._counter_j
        if not 0.0 <= grown_j <= _MOST_WATTS * max(pause_s, 60.0):
            return False
        self.joules += grown_j
        self.by_counter = True
        return True

    def _integrate(self, pause_s: float, pace: SamplePace, power_w: float | None) -> None:
        """Trapezoid between two samples."""
        if power_w is None or self._power_w is None or pause_s <= 0 or pace.is_gap(pause_s):
            return
        self.joules += (self._power_w + power_w) / 2.0 * pause_s
        self.by_power = True
