"""Distributions."""

from __future__ import annotations

from typing import Any

from gitexp.record.media._base import Media, MediaFolder
from gitexp.record.media.pixels import array_of

_MOST_BINS = 512


class Histogram(Media):
    """A histogram for log()."""

    MAX_LENGTH = _MOST_BINS

    def __init__(self, sequence: Any = None, np_histogram: Any = None, num_bins: int = 64) -> None:
        """Count values.

        Args:
            sequence: numbers of any shape; what is not finite is left out.
            np_histogram: (counts, edges) as numpy.histogram gives them, instead.
            num_bins: at most 512.

        Raises:
            ValueError: neither is given, there are too many bins, or edges do not fit counts.
        """
        import numpy as np

        if np_histogram is not None:
            counts, edges = (np.asarray(part) for part in np_histogram[:2])
        elif sequence is not None:
            if num_bins > _MOST_BINS:
                raise ValueError(f"a histogram of {num_bins} bins; at most {_MOST_BINS}")
            numbers = array_of(sequence).astype(np.float64).ravel()
            counts, edges = np.histogram(numbers[np.isfinite(numbers)], bins=num_bins)
        else:
            raise ValueError("a histogram needs a sequence or np_histogram")
        if len(counts) > _MOST_BINS:
            raise ValueError(f"a histogram of {len(counts)} bins; at most {_MOST_BINS}")
        if len(edges) != len(counts) + 1:
            raise ValueError(f"{len(counts)} counts have {len(counts) + 1} edges")
        self.histogram: list[float] = counts.tolist()
        self.bins: list[float] = edges.tolist()

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Returns what stands in metrics.jsonl; there is no file."""
        return {"_type": "histogram", "bins": self.bins, "values": self.histogram}
