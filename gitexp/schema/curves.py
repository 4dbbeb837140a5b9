"""All curves of a run in bounded memory, fed with the lines of its JSON files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitexp.schema import tree
from gitexp.schema.series import Series, SeriesSketch

_MOST = 4000  # metrics; what comes beyond has numbers, but no curve
_HARDWARE_POINTS = 256


@dataclass(slots=True)
class Curves:
    """Sketches of the metrics over steps and of the hardware over seconds since the start."""

    start_s: float  # since the epoch
    metrics: dict[str, SeriesSketch] = field(default_factory=dict)
    hardware: dict[str, SeriesSketch] = field(default_factory=dict)
    last_time_s: float | None = None

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Take in a line of metrics.jsonl."""
        step, time_s = row.get("_step"), row.get("_time")
        if not isinstance(step, int) or not isinstance(time_s, int | float):
            return
        self._saw(time_s)
        for key, raw in row.items():
            value = raw if type(raw) is float else tree.number(raw)
            if value is None or key in ("_step", "_time"):
                continue
            sketch = self.metrics.get(key)
            if sketch is None:
                if len(self.metrics) >= _MOST:
                    continue
                sketch = self.metrics[key] = SeriesSketch()
            sketch.add(step, time_s, value)

    def add_sample(self, sample: Mapping[str, Any]) -> None:
        """Take in a line of hardware.jsonl."""
        time_s = sample.get("_time")
        if not isinstance(time_s, int | float):
            return
        self._saw(time_s)
        for key, value in sample.items():
            if key == "_time" or not isinstance(value, int | float):
                continue
            sketch = self.hardware.get(key)
            if sketch is None:
                sketch = self.hardware[key] = SeriesSketch(limit=_HARDWARE_POINTS)
            sketch.add(round(time_s - self.start_s), time_s, float(value))

    def _saw(self, time_s: float) -> None:
        if self.last_time_s is None or time_s > self.last_time_s:
            self.last_time_s = time_s

    def metric_series(self, keys: list[str]) -> dict[str, Series]:
        """The curves of these metrics, as far as they have one."""
        return {key: self.metrics[key].result() for key in keys if key in self.metrics}

    def hardware_series(self) -> dict[str, Series]:
        """The curves of the hardware trace."""
        return {key: sketch.result() for key, sketch in self.hardware.items()}
