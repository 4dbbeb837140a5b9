"""Measured tensors as lines of histograms.jsonl."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from gitexp.capture.watch_units import SilentUnits, units_alike
from gitexp.schema.histogram import GRADIENT, plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from gitexp.capture.watch_packet import Arrays


@dataclass(frozen=True, slots=True)
class Subject:
    """A tensor that is looked at."""

    name: str
    module: str  # class of the module that owns it
    count: int  # elements
    inputs: int = 0  # of the layer whose units are told apart; 0: they are not


@dataclass(frozen=True, slots=True)
class Moment:
    """When a sample was taken."""

    step: int
    time_s: float
    update: int


class LineWriter:
    """Turns the arrays of a packet into lines; remembers the units of each layer."""

    def __init__(self) -> None:
        self._silent: dict[tuple[str, str], SilentUnits] = {}

    def lines(
        self, moment: Moment, kind: str, subjects: Sequence[Subject], arrays: Arrays
    ) -> list[bytes]:
        """One line for each subject.

        Args:
            moment: when.
            kind: one of schema.histogram.KINDS.
            subjects: n of them.
            arrays: `<kind>.statistics` (n, STATISTICS), `<kind>.histograms` (n, BINS), and what
                else there is: `weight_norms`, `update_ratios` (n,), `<kind>.unit_norms.<i>`
                (units,),
                `<kind>.signatures.<i>` (units, …), `<kind>.saturated.<i>` (1,).
        """
        made = []
        for i, subject in enumerate(subjects):
            line = {
                "_step": moment.step,
                "_time": moment.time_s,
                "_update": moment.update,
                "kind": kind,
                "name": subject.name,
                "module": subject.module,
                "count": subject.count,
                **_statistics(arrays[f"{kind}.statistics"][i], subject.count),
                **self._further(kind, i, subject, arrays),
                **_histogram(arrays, kind, i),
            }
            made.append(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
        return made

    def _further(
        self, kind: str, i: int, subject: Subject, arrays: Arrays
    ) -> Mapping[str, float | int | str]:
        found: dict[str, Any] = {}
        if kind == GRADIENT:
            found["weight_norm"] = plain(float(arrays["weight_norms"][i]))
            found["update_ratio"] = plain(float(arrays["update_ratios"][i]))
        norms = arrays.get(f"{kind}.unit_norms.{i}")
        if norms is not None:
            units = self._silent.setdefault((kind, subject.name), SilentUnits())
            found |= units.add(norms == 0)
        signatures = arrays.get(f"{kind}.signatures.{i}")
        if signatures is not None:
            found["alike"] = units_alike(signatures, subject.inputs)
        saturated = arrays.get(f"{kind}.saturated.{i}")
        if saturated is not None:
            found["saturated"] = plain(float(saturated[0]))
        return found


def _statistics(row: NDArray[np.float32], count: int) -> dict[str, float | str]:
    total, std, norm, low, high, non_zeros = (float(value) for value in row)
    mean = total / count
    if std == -1.0:  # not worked out on the device
        std = (
            math.sqrt(max(0.0, norm * norm / count - mean * mean)) if math.isfinite(norm) else norm
        )
    numbers = {"mean": mean, "std": std, "norm": norm, "min": low, "max": high}
    found = {key: plain(value) for key, value in numbers.items()}
    found["zeros"] = plain(1.0 - non_zeros / count)
    return found


def _histogram(arrays: Arrays, kind: str, i: int) -> dict[str, Any]:
    low, high = (float(value) for value in arrays[f"{kind}.statistics"][i][3:5])
    if not math.isfinite(low) or not math.isfinite(high):
        return {"bins": None, "counts": []}
    counts = arrays[f"{kind}.histograms"][i]
    return {"bins": [plain(low), plain(high)], "counts": [int(count) for count in counts]}
