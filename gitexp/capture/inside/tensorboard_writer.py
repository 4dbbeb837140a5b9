"""TensorBoard's writers, torch's and tensorboardX: scalars, pictures, texts, histograms."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe_named

# A text is for people: a longer one is cut.
_MOST_TEXT = 10_000
# Pictures of more numbers than this are not encoded while the script waits.
_MOST_PIXELS = 8 * 1024 * 1024


def install(module: ModuleType) -> None:
    """Observe the methods of SummaryWriter."""
    for function, tell in (
        ("add_scalar", _scalar),
        ("add_scalars", _scalars),
        ("add_hparams", _hparams),
        ("add_text", _text),
        ("add_image", _image),
        ("add_images", _image),
        ("add_figure", _figure),
        ("add_histogram", _histogram),
    ):
        observe_named("tensorboard", module.SummaryWriter, function, tell)


def _scalar(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    metrics.log("tensorboard", {given["tag"]: given["scalar_value"]}, given.get("global_step"))


def _scalars(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    values = {f"{given['main_tag']}/{k}": v for k, v in given["tag_scalar_dict"].items()}
    metrics.log("tensorboard", values, given.get("global_step"))


def _hparams(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import config, metrics

    config.add(config.OBJECTS, "tensorboard", given["hparam_dict"])
    metrics.log("tensorboard", given.get("metric_dict") or {}, given.get("global_step"))


def _text(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    text = str(given["text_string"])[:_MOST_TEXT]
    metrics.log_media("tensorboard", given["tag"], text, given.get("global_step"))


def _image(given: dict[str, Any]) -> None:
    import numpy as np

    array = given["img_tensor"]
    array = array.detach().cpu().numpy() if hasattr(array, "detach") else np.asarray(array)
    layout = given.get("dataformats", "CHW" if array.ndim == 3 else "NCHW")
    if array.size > _MOST_PIXELS or array.dtype.kind not in "biuf":
        return
    order = [layout.index(axis) for axis in "NHWC" if axis in layout]
    array = array.transpose(order)  # (N, H, W, C) or (H, W, C) or (H, W)
    if "N" in layout:
        array = np.concatenate(list(array), axis=1)  # side by side
    _keep_picture(array, given)


def _keep_picture(array: Any, given: dict[str, Any]) -> None:
    import numpy as np

    from gitexp.capture.inside import metrics
    from gitexp.record.media.image import Image

    # TensorBoard takes floats for 0 … 1.
    if array.dtype.kind == "f":
        array = (np.nan_to_num(array).clip(0, 1) * 255).astype(np.uint8)
    picture = Image(array, normalize=False)
    metrics.log_media("tensorboard", given["tag"], picture, given.get("global_step"))


def _figure(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics
    from gitexp.record.media.image import Image

    figure = given["figure"]
    if isinstance(figure, list) or (given.get("close", True) and not hasattr(figure, "savefig")):
        return
    metrics.log_media("tensorboard", given["tag"], Image(figure), given.get("global_step"))


def _histogram(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics
    from gitexp.record.media.histogram import Histogram

    histogram = Histogram(given["values"])
    metrics.log_media("tensorboard", given["tag"], histogram, given.get("global_step"))
