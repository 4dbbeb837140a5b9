"""A matplotlib figure in log(): a plotly chart with the figure's own picture, or the picture."""

from __future__ import annotations

import warnings
from importlib.util import find_spec
from typing import Any

from gitexp.record.media._base import Media, MediaFolder
from gitexp.record.media.documents import Plotly, has_images
from gitexp.record.media.image import Image


def figure_media(figure: Any) -> Media:
    """As wandb does: a plotly chart, where plotly is installed and can draw the figure."""
    picture = Image(figure)
    if has_images(figure) or find_spec("plotly") is None:
        return picture
    try:
        # Plotly's converter warns of what it cannot draw as matplotlib does.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _Figure(Plotly(figure), picture)
    except Exception:  # noqa: BLE001 - whatever a converter meets; there is the picture
        return picture


class _Figure(Media):
    """The chart's file, and the picture as its `preview`."""

    def __init__(self, chart: Plotly, picture: Image) -> None:
        self._chart, self._picture = chart, picture

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        kept = self._chart.keep(folder, key)
        return {**kept, "preview": self._picture.keep(folder, key)}
