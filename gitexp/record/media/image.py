"""Pictures, with masks and boxes on them."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

from gitexp.record.guard import warn
from gitexp.record.media._base import FileMedia, Media, MediaFolder, digest_of, read_source
from gitexp.record.media.pixels import (
    array_of,
    encode,
    figure_file,
    figure_of,
    pixels_of,
    size_of,
)
from gitexp.record.values import plain_config

_ENCODED = ("png", "jpg", "jpeg", "bmp")  # what arrays and figures may become
_SUFFIXES = ("png", "jpg", "jpeg", "bmp", "gif", "webp", "tiff", "svg")


class Image(FileMedia):
    """A picture for log()."""

    kind = "image"

    def __init__(
        self,
        data_or_path: Any,
        mode: str | None = None,
        caption: str | None = None,
        grouping: int | None = None,
        classes: Any = None,
        boxes: Mapping[str, Any] | None = None,
        masks: Mapping[str, Any] | None = None,
        file_type: str | None = None,
        normalize: bool = True,
    ) -> None:
        """Encode a picture; later changes of the data do not reach it.

        Args:
            data_or_path: a file, a PIL image, a matplotlib figure, a numpy array (H, W),
                (H, W, C) or (C, H, W), a torch tensor (H, W), (C, H, W) or (N, C, H, W), or
                another Image.
            mode: of PIL: "L", "RGB", "RGBA"; by default what the data has.
            caption: a text below it.
            grouping: how many pictures belong together.
            classes: class ids and names, [{"id": 0, "name": "cat"}, …].
            boxes: {"predictions": {"box_data": […], "class_labels": {…}}}.
            masks: {"predictions": {"mask_data": (H, W) class ids, "class_labels": {…}}}.
            file_type: "png" (the default) or "jpg".
            normalize: whether numbers are brought to 0 … 255, see `pixels_of`.

        Raises:
            ValueError: the data is no picture, a keyword is not what it has to be, or Pillow is
                missing.
            OSError: the file cannot be read.
        """
        suffix = (file_type or "png").lower()
        if suffix not in _ENCODED:
            raise ValueError(f"file_type is one of {list(_ENCODED)}")
        for what, given in (("boxes", boxes), ("masks", masks)):
            if given and not isinstance(given, Mapping):
                raise ValueError(f"{what} of an Image are a dict by name")
        size: tuple[int, int] | None
        if isinstance(data_or_path, Image):
            data, suffix = data_or_path._data, data_or_path._suffix
            size = data_or_path.width, data_or_path.height
            caption = caption if caption is not None else data_or_path._facts.get("caption")
        elif isinstance(data_or_path, str | os.PathLike):
            data, found = read_source(data_or_path)
            suffix = found if found in _SUFFIXES else suffix
            size = size_of(data)
        elif (figure := figure_of(data_or_path)) is not None:
            data, size = figure_file(figure, suffix)
        elif hasattr(data_or_path, "getbands"):  # PIL
            data, size = encode(data_or_path, mode, suffix)
        else:
            pixels = pixels_of(data_or_path, normalize=normalize)
            if suffix in ("jpg", "jpeg") and pixels.ndim == 3 and pixels.shape[2] == 4:
                warn("a JPEG has no transparency: the alpha channel is left out")
            data, size = encode(pixels, mode, suffix)
        width, height = size or (None, None)
        super().__init__(
            data,
            suffix,
            width=width,
            height=height,
            caption=None if caption is None else str(caption),
            boxes=plain_config(boxes) if boxes else None,
            classes=plain_config(classes) if isinstance(classes, list | tuple) else None,
            grouping=grouping or None,
        )
        self.format = suffix
        self._masks = {str(name): _Mask(mask) for name, mask in (masks or {}).items()}

    @property
    def width(self) -> Any:
        """In pixels; None for a file that Pillow cannot read."""
        return self._facts.get("width")

    @property
    def height(self) -> Any:
        """In pixels; None for a file that Pillow cannot read."""
        return self._facts.get("height")

    @property
    def _caption(self) -> Any:
        """As scripts that read wandb's own attribute know it."""
        return self._facts.get("caption")

    @property
    def image(self) -> Any:
        """The picture as a PIL image."""
        import io

        from PIL import Image as pillow

        return pillow.open(io.BytesIO(self._data))

    def to_data_array(self) -> list[list[Any]]:
        """The pixels, row by row."""
        pixels = array_of(self.image)
        rows: list[list[Any]] = pixels.tolist()
        return rows if pixels.ndim == 2 else [[tuple(pixel) for pixel in row] for row in rows]

    @staticmethod
    def all_captions(images: Sequence[Image]) -> list[Any] | bool:
        """The captions of several pictures; False: the first has none."""
        if not images or images[0]._caption is None:
            return False
        return [image._caption for image in images]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Image):
            return False
        facts = ("caption", "grouping", "width", "height", "classes")
        same = all(self._facts.get(name) == other._facts.get(name) for name in facts)
        return same and (
            self._data == other._data or self.to_data_array() == other.to_data_array()
        )

    __hash__ = FileMedia.__hash__

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        """Write picture and masks; returns what stands in metrics.jsonl."""
        told = super().keep(folder, key)
        if self._masks:
            told["masks"] = {name: mask.keep(folder, key) for name, mask in self._masks.items()}
        return told


class _Mask(Media):
    """Class ids for each pixel, as a picture of one channel."""

    def __init__(self, mask: Mapping[str, Any]) -> None:
        import numpy as np

        self._labels = plain_config(mask.get("class_labels") or {})
        if "path" in mask:
            self._data = read_source(mask["path"])[0]
            return
        ids = array_of(mask["mask_data"])
        self._data = encode(np.clip(ids, 0, 255).astype(np.uint8), None, "png")[0]

    def keep(self, folder: MediaFolder, key: str) -> dict[str, Any]:
        path = folder.put(key, self._data, "mask.png")
        told = {"bytes": len(self._data), "sha256": digest_of(self._data)}
        return {"_type": "mask", "path": path, **told, "class_labels": self._labels}


def keep_list(media: Sequence[Media], folder: MediaFolder, key: str) -> dict[str, Any]:
    """Several under one key; returns what stands in metrics.jsonl."""
    items = [one.keep(folder, key) for one in media]
    kinds = {item["_type"] for item in items}
    kind = f"{kinds.pop()}s" if len(kinds) == 1 else "media"
    return {"_type": kind, "count": len(items), "items": items}
