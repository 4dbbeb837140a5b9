"""Sound and moving pictures."""

from __future__ import annotations

import io
import os
import wave
from collections.abc import Sequence
from typing import Any

from gitexp.record.guard import warn
from gitexp.record.media._base import FileMedia, MissingLibrary, read_source
from gitexp.record.media.pixels import array_of

_VIDEOS = ("gif", "mp4", "webm", "ogg")


class Audio(FileMedia):
    """A sound for log()."""

    kind = "audio"

    def __init__(
        self, data_or_path: Any, sample_rate: int | None = None, caption: str | None = None
    ) -> None:
        """Take a sound.

        Args:
            data_or_path: a file, or samples (n,) or (n, channels): floats from -1 to 1, or
                16-bit integers; they are kept as a 16-bit WAV file.
            sample_rate: samples a second; needed for samples.
            caption: a text below it.

        Raises:
            ValueError: samples come without a rate.
        """
        if isinstance(data_or_path, str | os.PathLike) or hasattr(data_or_path, "read"):
            data, suffix = read_source(data_or_path)
            duration_s = None
        else:
            if sample_rate is None:
                raise ValueError("samples of a sound need a sample_rate")
            samples = array_of(data_or_path)
            data, suffix = _wav(samples, int(sample_rate)), "wav"
            duration_s = len(samples) / float(sample_rate)
        facts = {"sample_rate": sample_rate, "duration_s": duration_s}
        super().__init__(data, suffix or "wav", caption=caption, **facts)

    @staticmethod
    def captions(sounds: Sequence[Audio]) -> list[str] | bool:
        """The captions of several sounds, "" where one has none; False: none has one."""
        captions = [sound._facts.get("caption") for sound in sounds]
        return [caption or "" for caption in captions] if any(captions) else False

    @staticmethod
    def durations(sounds: Sequence[Audio]) -> list[float | None]:
        """Their lengths in seconds, where they were made of samples."""
        return [sound._facts.get("duration_s") for sound in sounds]

    @staticmethod
    def sample_rates(sounds: Sequence[Audio]) -> list[int | None]:
        """Their samples a second."""
        return [sound._facts.get("sample_rate") for sound in sounds]


def _wav(samples: Any, rate: int) -> bytes:
    import numpy as np

    if samples.dtype.kind == "f":
        samples = np.clip(np.nan_to_num(samples), -1, 1) * 32767
    if samples.ndim not in (1, 2):
        raise ValueError(f"samples of shape {samples.shape} are no sound")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(np.clip(samples, -32768, 32767).astype("<i2").tobytes())
    return buffer.getvalue()


class Video(FileMedia):
    """Moving pictures for log()."""

    kind = "video"

    def __init__(
        self,
        data_or_path: Any,
        caption: str | None = None,
        fps: int | None = None,
        format: str | None = None,
    ) -> None:
        """Take a video.

        Args:
            data_or_path: a file, an open file (with `format=`), or pictures (time, channels,
                height, width), or a batch of such, which stand side by side; they are kept as GIF.
            caption: a text below it.
            fps: pictures a second, 4 by default.
            format: of an open file; pictures are a GIF whatever it says.

        Raises:
            ValueError: the file is none of mp4, webm, ogg and gif, the pictures have no shape of a
                video, or Pillow is missing.
        """
        if isinstance(data_or_path, str | os.PathLike) or hasattr(data_or_path, "read"):
            data, suffix = read_source(data_or_path)
            suffix = suffix or format or "mp4"
            if suffix not in _VIDEOS:
                raise ValueError(f"wandb.Video accepts {', '.join(_VIDEOS)} formats")
        else:
            if format not in (None, "gif"):
                warn(f"Video(format={format!r}): pictures are kept as a GIF", cause="video")
            data, suffix = _gif(array_of(data_or_path), fps or 4), "gif"
        super().__init__(data, suffix, caption=caption, fps=fps)


def _gif(pictures: Any, fps: int) -> bytes:
    import numpy as np

    try:
        from PIL import Image as pillow
    except ImportError:
        raise MissingLibrary("pillow", "a video of pictures") from None
    if pictures.ndim == 5:  # (batch, time, channels, height, width): side by side
        pictures = np.concatenate(list(pictures), axis=-1)
    if pictures.ndim != 4 or pictures.shape[1] not in (1, 3, 4):
        raise ValueError(
            f"pictures of shape {pictures.shape}, not (time, channels, height, width)"
        )
    if pictures.dtype != np.uint8:
        scale = 255 if pictures.max() <= 1 else 1
        pictures = np.clip(np.nan_to_num(pictures) * scale, 0, 255).astype(np.uint8)
    frames = [
        pillow.fromarray(p[0] if p.shape[0] == 1 else p.transpose(1, 2, 0)) for p in pictures
    ]
    buffer = io.BytesIO()
    first, *rest = [frame.convert("RGB") for frame in frames]
    first.save(
        buffer, format="GIF", save_all=True, append_images=rest, duration=1000 // fps, loop=0
    )
    return buffer.getvalue()
