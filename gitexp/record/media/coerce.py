"""What log() takes beside numbers: media, and what other libraries make."""

from __future__ import annotations

import math
import sys
from typing import Any

from gitexp.record.media._base import Media, MediaFolder
from gitexp.record.media.pixels import array_of, figure_of

_SHORT = 32  # an array of up to so many numbers is kept as a list, a longer one as a histogram


def keep_media(value: Any, folder: MediaFolder, key: str, *, arrays: bool = True) -> Any | None:
    """Write what a value's files are.

    Args:
        value: media, a list of media, a PIL image, a matplotlib figure or pyplot itself, a plotly
            figure, a dataframe, an array or a tensor.
        folder: where to.
        key: the metric's.
        arrays: whether arrays are wanted.

    Returns:
        What stands in metrics.jsonl; None if it is nothing of this.

    Raises:
        ValueError, OSError: it cannot be encoded or written.
    """
    if isinstance(value, Media):
        return value.keep(folder, key)
    if isinstance(value, list | tuple):
        # Lists of numbers are no pictures, however long.
        if value and isinstance(value[0], str | int | float | bool | None):
            return None
        found = [media_of(item) for item in value]
        if not found or any(item is None for item in found):
            return None
        from gitexp.record.media.image import keep_list

        return keep_list([item for item in found if item is not None], folder, key)
    media = media_of(value)
    if media is not None:
        return media.keep(folder, key)
    if arrays and hasattr(value, "shape") and hasattr(value, "dtype"):
        return _array(value, folder, key)
    return None


def media_of(value: Any) -> Media | None:
    """What another library made, as media; None if it is no picture, chart or table."""
    if isinstance(value, Media):
        return value
    if isinstance(value, str | int | float | bool) or value is None:
        return None
    module = type(value).__module__.partition(".")[0]
    if (figure := figure_of(value)) is not None:
        from gitexp.record.media.figure import figure_media

        return figure_media(figure)
    if module == "PIL":
        from gitexp.record.media.image import Image

        return Image(value)
    if module == "plotly":
        from gitexp.record.media.documents import Plotly

        return Plotly(value)
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, pandas.DataFrame):
        from gitexp.record.media.table import Table

        return Table(dataframe=value, allow_mixed_types=True)
    return None


def _array(value: Any, folder: MediaFolder, key: str) -> Any:
    from gitexp.record.media.histogram import Histogram
    from gitexp.record.values import plain_metric

    array = array_of(value)
    if array.dtype.kind not in "biuf":
        return None
    if math.prod(array.shape) <= _SHORT:
        return plain_metric(array.tolist())
    return Histogram(array, num_bins=_SHORT).keep(folder, key)
