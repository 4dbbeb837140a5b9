"""How far an update moves the weights: too far, or next to nowhere."""

from __future__ import annotations

import math

from gitexp.diagnose.evidence import Evidence, late, numbers_by_name, places, short, span, typical
from gitexp.schema.finding import WARNING, Finding

_LARGE = 0.1
_SMALL = 1e-6
_SAMPLES = 3


def update_ratio(evidence: Evidence) -> list[Finding]:
    """Updates above a tenth of the weights, or below a millionth."""
    layers = [layer for layer in evidence.layers() if len(layer.samples) >= _SAMPLES]
    ratios = [typical(late(layer.samples), "update_ratio") for layer in layers]
    known = [(x, r) for x, r in zip(layers, ratios, strict=True) if math.isfinite(r)]
    if not known:
        return []
    large = [(layer, ratio) for layer, ratio in known if ratio > _LARGE]
    if 3 * len(large) >= len(known) and large:
        worst, ratio = max(large, key=lambda pair: pair[1])
        return [
            Finding(
                "large-updates",
                WARNING,
                f"an update changes {worst.name} by {ratio:.0%} of its norm; about 0.1 % is usual",
                places([layer.name for layer, _ in large]),
                span(late(worst.samples)),
                "lower the learning rate" + _rate(evidence),
                {"update_ratio": numbers_by_name((x.name, r) for x, r in large)},
            )
        ]
    # A gradient of zero has a rule of its own.
    moving = [(x, r) for x, r in known if typical(late(x.samples), "norm") > 0]
    if moving and all(ratio < _SMALL for _, ratio in moving):
        best, ratio = max(moving, key=lambda pair: pair[1])
        return [
            Finding(
                "small-updates",
                WARNING,
                f"no update changes a layer by more than {short(ratio):g} of its norm; about "
                "0.001 is usual",
                places([layer.name for layer, _ in moving]),
                span(late(best.samples)),
                "raise the learning rate" + _rate(evidence),
                {"update_ratio": numbers_by_name((x.name, r) for x, r in moving)},
            )
        ]
    return []


def _rate(evidence: Evidence) -> str:
    rate = evidence.learning_rate()
    return f" (now {rate})" if rate else ""
