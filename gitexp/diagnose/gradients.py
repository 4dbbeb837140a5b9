"""Gradients that vanish on their way to the input, explode, or are nothing but zeros."""

from __future__ import annotations

import math
from collections import defaultdict
from statistics import median

from gitexp.diagnose.evidence import (
    Evidence,
    late,
    numbers_by_name,
    places,
    short,
    span,
    typical,
)
from gitexp.schema.finding import ERROR, WARNING, Finding
from gitexp.schema.histogram import GRADIENT

_SAMPLES = 3  # before anything is said
_VANISHED = 1e-4  # of the strongest layer's gradient
_JUMP = 100.0  # times the median before it
_ABOVE_START = 10.0
_LEAPS = 0.5  # updates that are half of the weights
_WEIGHTS = 1e3  # gradients a thousand times the weights


def vanishing_gradients(evidence: Evidence) -> list[Finding]:
    """Layers near the input whose gradient is less than 1/10,000 of the strongest layer's."""
    layers = [layer for layer in evidence.layers() if len(layer.samples) >= _SAMPLES]
    strength = []
    for layer in layers:
        # Root mean square: the size of a gradient does not grow with the layer's.
        rms = typical(late(layer.samples), "norm") / math.sqrt(max(1, layer.samples[-1].count))
        strength.append(rms)
    if len(layers) < 3 or not all(math.isfinite(rms) for rms in strength):
        return []
    top = max(strength)
    weak = 0
    while weak < len(layers) and 0 < strength[weak] < _VANISHED * top:
        weak += 1
    if not weak:
        return []
    names = [layer.name for layer in layers[:weak]]
    ratio = strength[0] / top
    return [
        Finding(
            "vanishing-gradients",
            WARNING,
            f"the gradient at the first layer is {ratio:.0e} of that at the strongest",
            places(names),
            span(late(layers[0].samples)),
            "use ReLU or GELU instead of saturating activations, residual connections, "
            "normalisation, or He/Xavier initialisation",
            {"rms": numbers_by_name(zip((x.name for x in layers), strength, strict=True))},
        )
    ]


def exploding_gradients(evidence: Evidence) -> list[Finding]:
    """The gradient of the whole model jumps, or is out of all proportion to the weights."""
    totals: dict[int, float] = defaultdict(float)
    weights: dict[int, float] = defaultdict(float)
    ratios: dict[int, list[float]] = defaultdict(list)
    steps: dict[int, int] = {}
    for history in evidence.watched.of(GRADIENT):
        for sample in history.samples:
            totals[sample.update] += sample.get("norm") ** 2
            weights[sample.update] += sample.get("weight_norm") ** 2
            ratios[sample.update].append(sample.get("update_ratio"))
            steps[sample.update] = sample.step
    updates = sorted(totals)
    norms = [math.sqrt(totals[update]) for update in updates]
    if len(norms) < _SAMPLES:
        return []
    advice = (
        "clip gradients (torch.nn.utils.clip_grad_norm_), warm the learning rate up or lower it"
    )
    start = median(norms[:_SAMPLES])
    for n in range(_SAMPLES, len(norms)):
        before = median(norms[max(0, n - 20) : n])
        if math.isfinite(norms[n]) and norms[n] > max(_JUMP * before, _ABOVE_START * start) > 0:
            step = steps[updates[n]]
            return [
                Finding(
                    "exploding-gradients",
                    ERROR,
                    f"the gradient's norm jumped from {short(before):g} to {short(norms[n]):g}",
                    "the whole model",
                    (step, steps[updates[-1]]),
                    advice,
                    {"norm": short(norms[n]), "usual": short(before), "update": updates[n]},
                )
            ]
    huge = [
        update
        for update, norm in zip(updates, norms, strict=True)
        if norm > _WEIGHTS * math.sqrt(weights[update]) > 0 and median(ratios[update]) > _LEAPS
    ]
    if 2 * len(huge) <= len(norms):
        return []
    return [
        Finding(
            "exploding-gradients",
            ERROR,
            f"the gradient's norm is {short(median(norms)):g}, far above the weights'",
            "the whole model",
            (steps[huge[0]], steps[huge[-1]]),
            advice,
            {"norm": short(median(norms)), "samples": len(huge)},
        )
    ]


def zero_gradients(evidence: Evidence) -> list[Finding]:
    """Layers that get gradients which are exactly zero, sample after sample."""
    silent = []
    for layer in evidence.layers():
        recent = layer.samples[-_SAMPLES:]
        if len(recent) == _SAMPLES and all(sample.get("norm") == 0 for sample in recent):
            silent.append(layer)
    if not silent:
        return []
    first = next(
        sample for n, sample in enumerate(silent[0].samples)
        if all(later.get("norm") == 0 for later in silent[0].samples[n:])
    )  # fmt: skip
    return [
        Finding(
            "zero-gradients",
            ERROR,
            f"{len(silent)} of {len(evidence.layers())} layers get gradients of exactly zero",
            places([layer.name for layer in silent]),
            (first.step, silent[0].samples[-1].step),
            "is the layer's output used, is it cut off by detach() or no_grad(), or are all of "
            "its units dead? lower the learning rate if it trained before",
            {"layers": [layer.name for layer in silent[:12]]},
        )
    ]
