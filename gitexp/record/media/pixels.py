"""Arrays, tensors and figures → pixels that an image file can hold."""

from __future__ import annotations

import io
import math
import sys
from typing import Any

from gitexp.record.media._base import MissingLibrary

_GRID_COLUMNS, _GRID_GAP = 8, 2
# What a format can hold of PIL's modes.
_MODES = {
    "JPEG": ("L", "RGB"),
    "PNG": ("1", "L", "LA", "P", "RGB", "RGBA", "I", "I;16"),
}


def figure_of(value: Any) -> Any:
    """A matplotlib figure, that of axes, or pyplot's current one; None for anything else."""
    if "matplotlib" not in sys.modules:
        return None
    if getattr(value, "__name__", "") == "matplotlib.pyplot":
        return value.gcf()
    figure = getattr(value, "figure", value)
    return figure if hasattr(figure, "savefig") and hasattr(figure, "axes") else None


def figure_file(figure: Any, suffix: str) -> tuple[bytes, tuple[int, int] | None]:
    """A figure as `savefig` draws it, as a file that Pillow wrote, and (width, height)."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format=suffix)
    try:
        from PIL import Image as pillow
    except ImportError:
        return buffer.getvalue(), None
    with pillow.open(buffer) as image:
        return encode(image, None, suffix)


def array_of(value: Any) -> Any:
    """Tensors and sequences → a numpy array."""
    import numpy as np

    if hasattr(value, "detach"):
        value = value.detach().cpu()
        if str(value.dtype) == "torch.bfloat16":
            value = value.float()
        return value.numpy()
    array = np.asarray(value)
    # jax's small floats are no numbers to numpy.
    small = array.dtype.kind == "V" and "float" in array.dtype.name
    return array.astype(np.float32) if small else array


def pixels_of(value: Any, *, normalize: bool = True) -> Any:
    """An array or a tensor → uint8 pixels.

    Args:
        value: numpy (H, W), (H, W, C) or (C, H, W); torch (H, W), (C, H, W) or (N, C, H, W),
            which becomes a grid. C is 1, 2, 3 or 4.
        normalize: bring numbers from 0 to 1, or from -1 to 1, to 0 to 255, as wandb does; what
            does not fit is clipped.

    Returns:
        uint8 (H, W) or (H, W, C).

    Raises:
        ValueError: it has no shape of an image.
    """
    is_tensor = hasattr(value, "detach")
    array = array_of(value)
    if array.size == 0:
        raise ValueError("an image of no pixels")
    if array.ndim == 4:
        array = _grid(array if array.shape[1] in (1, 2, 3, 4) else array.transpose(0, 3, 1, 2))
        array = array.transpose(1, 2, 0)  # (H, W, C)
    elif array.ndim == 3 and (
        array.shape[0] in (1, 3, 4) if is_tensor else array.shape[2] not in (1, 2, 3, 4)
    ):
        array = array.transpose(1, 2, 0)  # (C, H, W) → (H, W, C)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    if array.ndim not in (2, 3) or (array.ndim == 3 and array.shape[2] not in (2, 3, 4)):
        raise ValueError(f"an array of shape {tuple(array.shape)} is no image")
    return _bytes(array, normalize=normalize)


def _bytes(array: Any, *, normalize: bool) -> Any:
    import numpy as np

    if array.dtype == np.uint8 and (not normalize or array.max() > 1):
        return array
    numbers = np.nan_to_num(array.astype(np.float64))
    low, high = numbers.min(), numbers.max()
    if normalize and low >= -1 and high <= 1:
        numbers = (numbers if low >= 0 else (numbers + 1) / 2) * 255
    return np.clip(numbers, 0, 255).astype(np.uint8)


def _grid(batch: Any) -> Any:
    """(N, C, H, W) → (C, rows·(H + gap) + gap, columns·(W + gap) + gap)."""
    import numpy as np

    n, channels, height, width = batch.shape
    if n == 1:
        return batch[0]
    columns = min(_GRID_COLUMNS, n)
    rows, gap = math.ceil(n / columns), _GRID_GAP
    shape = (channels, rows * (height + gap) + gap, columns * (width + gap) + gap)
    grid = np.full(shape, batch.min(), batch.dtype)
    for at in range(n):
        y, x = gap + at // columns * (height + gap), gap + at % columns * (width + gap)
        grid[:, y : y + height, x : x + width] = batch[at]
    return grid


def encode(pixels: Any, mode: str | None, suffix: str) -> tuple[bytes, tuple[int, int]]:
    """Pixels, or a PIL image → an image file and (width, height).

    Raises:
        MissingLibrary: Pillow is not installed.
    """
    try:
        from PIL import Image as pillow
    except ImportError:
        raise MissingLibrary("pillow", "an image") from None
    image = pixels if isinstance(pixels, pillow.Image) else pillow.fromarray(pixels)
    if mode and image.mode != mode:
        image = image.convert(mode)
    form = {"jpg": "JPEG"}.get(suffix, suffix.upper())
    if form in _MODES and image.mode not in _MODES[form]:
        image = image.convert("RGB")
    buffer = io.BytesIO()
    image.save(buffer, format=form)
    return buffer.getvalue(), image.size


def size_of(data: bytes) -> tuple[int, int] | None:
    """Width and height of an image file, if Pillow is there and can tell."""
    try:
        from PIL import Image as pillow

        with pillow.open(io.BytesIO(data)) as image:
            return int(image.width), int(image.height)
    except (ImportError, OSError, ValueError):
        return None
