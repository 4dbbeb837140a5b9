"""Statistics and histograms of many tensors at once, on their device, without waiting for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd
from typing import Any

from gitexp.schema.histogram import BINS

STATISTICS = 6  # sum of elements, std or -1, norm, min, max, non-zeros
_EXACT_STD = 16_384  # elements up to which the two-pass standard deviation costs nothing
_SAMPLED = 8_192  # elements of a tensor that its histogram counts
_COLUMNS = 24  # of a weight matrix that tell its rows apart
SIGNATURE = 4  # numbers that stand for a row


@dataclass(frozen=True, slots=True)
class Measured:
    """What came out for n tensors, still on their device."""

    statistics: Any  # (n, STATISTICS) float32
    histograms: Any  # (n, BINS) float32


def dense(tensor: Any) -> Any:
    """The real floating-point numbers that a tensor holds on this device.

    A sparse one gives its stored values, a distributed one its local part, complex numbers their
    two parts, half precision single precision.
    """
    import torch

    tensor = tensor.detach()
    if hasattr(tensor, "to_local"):
        tensor = tensor.to_local()
    if tensor.layout is not torch.strided:
        tensor = (
            tensor.coalesce().values() if tensor.layout is torch.sparse_coo else tensor.values()
        )
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    return tensor if tensor.dtype in (torch.float32, torch.float64) else tensor.float()


def measurable(tensor: Any) -> bool:
    """Whether there are numbers to look at."""
    known = tensor.device.type != "meta" and tensor.numel() > 0
    return bool(known and (tensor.is_floating_point() or tensor.is_complex()))


def thinned(tensor: Any, limit: int) -> Any:
    """At most about `limit` elements at a regular distance, as a flat view or copy.

    The distance has no factor in common with the last axis, so that no column is favoured.
    """
    flat = tensor.reshape(-1)
    stride = -(-flat.numel() // limit)
    while tensor.dim() > 1 and stride > 1 and gcd(stride, tensor.shape[-1]) > 1:
        stride += 1
    return flat[::stride]


def measure(tensors: Sequence[Any]) -> Measured:
    """Look at tensors that all are on one device, none of them empty.

    Args:
        tensors: n of them, as `dense` returns them.
    """
    import torch

    rows = []
    norms = torch._foreach_norm(list(tensors))
    for tensor, norm in zip(tensors, norms, strict=True):
        low, high = torch.aminmax(tensor)
        if tensor.is_cuda or tensor.numel() <= _EXACT_STD:
            std, mean = torch.var_mean(tensor, correction=0)
            std, total = std.sqrt(), mean * tensor.numel()
        else:
            # Ten passes of var_mean cost as much as one of a CPU's sum; large tensors have a mean
            # near zero, where norm and sum are as exact.
            std, total = torch.full_like(norm, -1.0), tensor.sum()
        rows += [total, std, norm, low, high, torch.count_nonzero(tensor)]
    statistics = torch.stack([value.float() for value in rows]).reshape(-1, STATISTICS)
    return Measured(statistics, _histograms(tensors, statistics[:, 3], statistics[:, 4]))


def _histograms(tensors: Sequence[Any], low: Any, high: Any) -> Any:
    """Counts in BINS equal bins from each tensor's minimum to its maximum.

    Args:
        tensors: n of them.
        low: minima, (n,).
        high: maxima, (n,).

    Returns:
        (n, BINS) float32.
    """
    import torch

    parts = [thinned(tensor, _SAMPLED).float() for tensor in tensors]
    lengths = [part.numel() for part in parts]
    flat = torch.cat(parts)  # (samples,)
    n = len(parts)
    ends = torch.tensor(lengths)
    owner = torch.repeat_interleave(torch.arange(n), ends)  # (samples,)
    if flat.is_cuda:
        owner = owner.pin_memory().to(flat.device, non_blocking=True)
    width = (high - low).clamp_min(torch.finfo(torch.float32).tiny)
    place = (flat - low[owner]) / width[owner] * BINS
    # What is not finite has no place: bin 0 of a histogram that the writer does not show.
    place = torch.nan_to_num(place, nan=0.0, posinf=0.0, neginf=0.0).clamp_(0, BINS - 1)
    index = owner * BINS + place.long()
    if flat.is_cuda:
        counts = torch.zeros(n * BINS, device=flat.device)
        counts.index_add_(0, index, torch.ones_like(flat))  # bincount would wait for the device
    else:
        counts = torch.bincount(index, minlength=n * BINS).float()
    return counts.reshape(n, BINS)


def unit_signatures(weight: Any, gradient: Any, transposed: bool) -> tuple[Any, Any]:
    """What tells the output units of a layer apart, and which of them get no gradient.

    Args:
        weight: (units, …), or (…, units, …) with units on axis 1 if transposed.
        gradient: of the same shape.
        transposed: as transposed convolutions keep their weights.

    Returns:
        Gradient norms (units,) and signatures (units, 2 * SIGNATURE): projections of the weight's
        and the gradient's rows on the same few random directions.
    """
    import torch

    rows = [t.transpose(0, 1) if transposed else t for t in (weight, gradient)]
    w, g = (t.reshape(t.shape[0], -1) for t in rows)  # (units, inputs)
    norms = torch.linalg.vector_norm(g, dim=1)  # (units,)
    stride = max(1, w.shape[1] // _COLUMNS)
    some = [t[:, ::stride][:, :_COLUMNS].float().contiguous() for t in (w, g)]  # (units, columns)
    generator = torch.Generator().manual_seed(0)
    directions = torch.randn(some[0].shape[1], SIGNATURE, generator=generator)
    if w.is_cuda:
        directions = directions.pin_memory().to(w.device, non_blocking=True)
        # A product of matrices may be made in TF32 there, which blurs what is the same.
        signatures = [(t.unsqueeze(2) * directions).sum(1) for t in some]  # (units, SIGNATURE)
    else:
        signatures = [t @ directions for t in some]
    return norms.float(), torch.cat(signatures, 1)
