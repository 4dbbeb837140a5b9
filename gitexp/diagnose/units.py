"""Units of a layer that have stopped learning, or all learn the same."""

from __future__ import annotations

from gitexp.diagnose.evidence import Evidence, numbers_by_name, places, span
from gitexp.schema.finding import ERROR, NOTE, WARNING, Finding
from gitexp.schema.histogram import ACTIVATION, LONG, TensorHistory

# Of a layer's units. A ReLU layer behind others, started as PyTorch does, has a tenth to a fifth
# of its units dead from the beginning, and trains well.
_DEAD = 0.25
_MANY_DEAD = 0.3
_MOSTLY_DEAD = 0.5
_ALIKE = 0.1
_FEWEST_ALIKE = 3  # the two outputs of a binary classifier may be each other's negative
_SATURATED = 0.5  # of the values of an activation


def dead_units(evidence: Evidence) -> list[Finding]:
    """Units without any gradient in each of the last samples."""
    found: list[tuple[TensorHistory, float]] = []
    for layer in evidence.layers():
        last = layer.samples[-1]
        dead, units = last.get("silent_long"), last.get("units")
        if len(layer.samples) >= LONG and units > dead >= max(2, _DEAD * units):
            found.append((layer, dead / units))
    if not found:
        return []
    worst, share = max(found, key=lambda pair: pair[1])
    last = worst.samples[-1]
    return [
        Finding(
            "dead-units",
            ERROR if share >= _MOSTLY_DEAD else WARNING if share >= _MANY_DEAD else NOTE,
            f"{last.get('silent_long'):.0f} of {last.get('units'):.0f} units of {worst.name} "
            f"({share:.0%}) had no gradient in the last {LONG} samples",
            places([layer.name for layer, _ in found]),
            span(worst.samples[-LONG:]),
            "lower the learning rate, use LeakyReLU or GELU, or initialise biases at zero",
            {"share": numbers_by_name((layer.name, share) for layer, share in found)},
        )
    ]


def lock_step_units(evidence: Evidence) -> list[Finding]:
    """Units whose weights and gradients are the same up to a factor: they never part."""
    found = []
    for layer in evidence.layers():
        recent = layer.samples[-3:]
        alike = [sample.get("alike") for sample in recent]
        units = recent[-1].get("units")
        enough = max(_FEWEST_ALIKE, _ALIKE * units)
        if len(recent) >= 2 and sum(n >= enough for n in alike) >= 2 and alike[-1] >= enough:
            found.append((layer, alike[-1]))
    if not found:
        return []
    worst, alike_now = max(found, key=lambda pair: pair[1])
    units = worst.samples[-1].get("units")
    return [
        Finding(
            "lock-step-units",
            ERROR,
            f"{alike_now:.0f} of {units:.0f} units of {worst.name} have the weights and the "
            "gradient of another unit, up to a factor: they act as one",
            places([layer.name for layer, _ in found]),
            span(worst.samples[-3:]),
            "initialise the weights at random (not with a constant or zeros)",
            {"units": numbers_by_name((layer.name, n) for layer, n in found)},
        )
    ]


def saturated_units(evidence: Evidence) -> list[Finding]:
    """Activations of tanh, sigmoid and their like that are at the ends of their range."""
    found = []
    # The last output is the model's: a classifier may be sure, an image black and white.
    for history in evidence.watched.of(ACTIVATION)[:-1]:
        recent = history.samples[-3:]
        if len(recent) == 3 and all(s.get("saturated") > _SATURATED for s in recent):
            found.append((history, recent[-1].get("saturated")))
    if not found:
        return []
    worst, share = max(found, key=lambda pair: pair[1])
    return [
        Finding(
            "saturated-units",
            WARNING,
            f"{share:.0%} of the outputs of {worst.name} ({worst.module}) are at the ends of "
            "its range, where gradients are next to nothing",
            places([history.name for history, _ in found]),
            span(worst.samples[-3:]),
            "normalise the inputs, initialise with smaller weights, or lower the learning rate",
            {"share": numbers_by_name((history.name, s) for history, s in found)},
        )
    ]
