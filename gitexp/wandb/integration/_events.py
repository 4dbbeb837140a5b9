"""A value of a TensorBoard event as what `log()` takes."""

from __future__ import annotations

import io
from importlib import import_module
from typing import Any

_MOST_BINS = 512


def value_of(value: Any, plugin: str) -> Any:
    """A number, a picture or a histogram; None for texts, graphs and what else there is.

    Args:
        value: a Summary.Value of TensorBoard's, or of tensorboardX's.
        plugin: what it is said to be for; "" for values of the older kind.
    """
    kind = value.WhichOneof("value")
    if kind == "simple_value" and plugin in ("", "scalars"):
        return number(value.simple_value)
    if kind == "tensor" and plugin == "scalars":
        tensors = import_module("tensorboard.util.tensor_util")
        return number(tensors.make_ndarray(value.tensor).item())
    if kind == "histo" and plugin in ("", "histograms"):
        return histogram(value.histo)
    if kind == "image" and plugin in ("", "images"):
        return picture(value.image.encoded_image_string)
    return None


def number(value: float) -> float | int:
    """The shortest number that is the same one as a float32, which is what events hold."""
    import numpy as np

    with np.errstate(over="ignore"):
        single = float(str(np.float32(value)))
    return int(single) if single.is_integer() and abs(single) < 2**53 else single


def picture(encoded: bytes) -> Any:
    """One picture, or the first of several; in a list, as events may hold many."""
    import PIL.Image

    from gitexp.record.media.image import Image

    return [Image(PIL.Image.open(io.BytesIO(encoded)))]


def histogram(histo: Any) -> Any:
    """A histogram of finite bins; None where the lowest one has no lower edge."""
    from gitexp.record.media.histogram import Histogram

    edges, counts = list(histo.bucket_limit), list(histo.bucket)
    if not edges or len(edges) != len(counts):
        return None
    if counts[0] == 0:
        counts = counts[1:]  # what is below the first edge: nothing
    elif histo.min < edges[0]:
        edges = [histo.min, *edges]
    else:
        return None
    return Histogram(np_histogram=_joined(counts, edges)) if counts else None


def _joined(counts: list[float], edges: list[float]) -> tuple[Any, Any]:
    """At most 512 bins, whose edges lie as the others did."""
    if len(counts) <= _MOST_BINS:
        return counts, edges
    import numpy as np

    at = np.linspace(0, len(counts), _MOST_BINS + 1)
    below = np.interp(at, np.arange(len(edges)), np.concatenate([[0.0], np.cumsum(counts)]))
    return np.diff(below), np.interp(at, np.arange(len(edges)), edges)
