"""NaN and infinity: the first step and the first layer."""

from __future__ import annotations

import math
import re

from gitexp.diagnose.evidence import Evidence
from gitexp.schema.finding import ERROR, Finding
from gitexp.schema.histogram import ACTIVATION, GRADIENT, PARAMETER

# Other metrics may have a reason: the F1 of a class that is not in the batch.
_MATTERS = re.compile(r"loss|nll|mse|mae|grad|norm|perplexity|objective", re.I)
_ADVICE = (
    "lower the learning rate, clip gradients, look for log(0), division by zero or float16 "
    "overflow; torch.autograd.set_detect_anomaly(True) names the operation"
)


def not_finite(evidence: Evidence) -> list[Finding]:
    """The first NaN or infinity of the losses and of what was watched."""
    return [*_in_metrics(evidence), *_in_tensors(evidence)]


def _in_metrics(evidence: Evidence) -> list[Finding]:
    first: tuple[int, str, float] | None = None
    for key, curve in evidence.series.items():
        if not _MATTERS.search(key):
            continue
        for step, value in zip(curve.steps, curve.values, strict=True):
            if not math.isfinite(value):
                if first is None or step < first[0]:
                    first = (step, key, value)
                break
    if first is None:
        return []
    step, key, value = first
    metric = evidence.run.metrics.get(key)
    last_step = metric.last_step if metric else step
    # Some losses begin at infinity, and a single batch may be odd: what recovers is no illness.
    if metric is not None and math.isfinite(metric.last):
        return []
    word = "NaN" if math.isnan(value) else "infinite"
    return [
        Finding(
            "not-finite",
            ERROR,
            f"{key} became {word} at step {step} and stayed so",
            key,
            (step, last_step),
            _ADVICE,
            {"metric": key, "first_step": step},
        )
    ]


def _in_tensors(evidence: Evidence) -> list[Finding]:
    # The forward pass goes through the layers in their order, so its first bad layer is the
    # source; a gradient is bad in all layers below the source.
    for kind in (ACTIVATION, PARAMETER, GRADIENT):
        bad = [history for history in evidence.watched.of(kind) if history.first_bad is not None]
        bad = [h for h in bad if h.samples and not h.samples[-1].finite]
        if not bad:
            continue
        first = min(bad, key=lambda h: h.first_bad.update if h.first_bad else 0)
        sample = first.first_bad
        assert sample is not None
        together = [h for h in bad if h.first_bad and h.first_bad.update == sample.update]
        return [
            Finding(
                "not-finite",
                ERROR,
                f"the {kind} of {first.name} is not finite, first seen at step {sample.step}",
                first.name,
                (sample.step, first.samples[-1].step),
                _ADVICE,
                {
                    "kind": kind,
                    "first_step": sample.step,
                    "update": sample.update,
                    "tensors": [history.name for history in together[:12]],
                },
            )
        ]
    return []
