"""What came of running a run again: whether its curves and tensors came out the same."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from gitexp.schema.checkpoint import CheckpointDiff
from gitexp.schema.metrics import json_number
from gitexp.schema.tree import number

EQUAL = "bit-equal"
WITHIN = "within tolerance"
DIVERGED = "diverged"
FAILED = "failed"  # one of the two ended otherwise than the other
NOTHING = "nothing to compare"  # neither metrics nor checkpoints
OUTCOMES = (EQUAL, WITHIN, DIVERGED, FAILED, NOTHING)

ORIGINAL, REPEAT = "original", "repeat"


@dataclass(frozen=True, slots=True)
class Verdict:
    """One repetition, as it stands in the run.json of both runs."""

    run: str  # the other run's name
    id: str  # and its id
    role: str  # what the other run is: ORIGINAL or REPEAT
    outcome: str
    created_at: str
    tolerance: float  # relative
    metrics: int = 0  # that were compared
    points: int = 0  # of them all
    differing_metrics: int = 0
    metric: str | None = None  # the one that parts first
    step: int | None = None  # where
    original_value: float | None = None  # there; None: it has no value at that step
    repeat_value: float | None = None
    largest: float | None = None  # difference of any point, relative; None: no numbers differ
    tensors: int = 0  # that were compared
    differing_tensors: int = 0
    tensor_distance: float | None = None  # |repeat - original| / |original| over all tensors
    environment: tuple[str, ...] = ()  # what differed: "package.torch", "python.version", …

    def to_json(self) -> dict[str, Any]:
        """As it stands in run.json."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        for name in _NUMBERS:
            data[name] = json_number(data[name])
        return {**data, "environment": list(self.environment)}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Verdict:
        """The way back from `to_json`; unknown fields are dropped."""
        known = {name: data[name] for name in cls.__dataclass_fields__ if name in data}
        for name in _NUMBERS:
            known[name] = number(known.get(name))
        return cls(**{**known, "environment": tuple(known.get("environment") or ())})

    def seen_from_repeat(self, run: str, id: str) -> Verdict:
        """The same for the other run's run.json: `run` is the original."""
        return replace(self, run=run, id=id, role=ORIGINAL)


_NUMBERS = ("original_value", "repeat_value", "largest", "tensor_distance")


@dataclass(frozen=True, slots=True)
class CurveDelta:
    """A metric of both runs, step by step."""

    key: str
    points: int  # steps that either run has
    step: int | None = None  # the first at which they part; None: they are equal bit for bit
    original: float | None = None  # the values there; None: no value at that step
    repeat: float | None = None
    # The largest difference, relative to the larger of the two values and the original's span;
    # infinite where one has a value or a finite number and the other has not.
    largest: float = 0.0


@dataclass(frozen=True, slots=True)
class Comparison:
    """All that was compared."""

    verdict: Verdict
    curves: tuple[CurveDelta, ...]
    left_out: tuple[str, ...]  # metrics that measure the machine
    checkpoints: tuple[CheckpointDiff, ...]  # that differ
    missing_checkpoints: tuple[str, ...]  # labels that only one of them has
