"""`wandb.tensorboard.patch()` and `init(sync_tensorboard=True)`: TensorBoard's writers as rows.

Values of one global step are one row, with the step itself as `global_step`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

from gitexp.capture.inside import metrics
from gitexp.record import api
from gitexp.record.active import ActiveRun
from gitexp.record.guard import guarded

_WRITERS = ("torch.utils.tensorboard.writer", "tensorboardX.writer")

_patched: set[str] = set()


def patch(
    root_logdir: str = "", save: bool = True, tensorboard_x: bool = True, pytorch: bool = True
) -> None:
    """Have what torch's and tensorboardX's writers are given logged to the active run.

    Args:
        root_logdir: accepted for wandb's sake.
        save: accepted for wandb's sake; the writers' own files are not kept.
        tensorboard_x: accepted for wandb's sake.
        pytorch: accepted for wandb's sake.
    """
    import wrapt

    metrics.leave("tensorboard")
    for name in _WRITERS:
        if name not in _patched:
            _patched.add(name)
            wrapt.register_post_import_hook(_install, name)


def unpatch() -> None:
    """Do nothing: what is not wanted is not patched."""


def _install(module: Any) -> None:
    rows = _Rows()
    writer = module.SummaryWriter
    for method, tell in (
        ("add_scalar", rows.scalar),
        ("add_scalars", rows.scalars),
        ("add_image", rows.image),
        ("add_figure", rows.figure),
        ("add_histogram", rows.histogram),
        ("add_text", rows.text),
        ("add_hparams", _hparams),
    ):
        setattr(writer, method, _telling(getattr(writer, method), tell))


def _telling(original: Any, tell: Callable[..., None]) -> Any:
    @functools.wraps(original)
    def method(self: Any, *args: Any, **keywords: Any) -> Any:
        # Before: a writer may close the figure that it is given.
        _tell(tell, args, keywords)
        return original(self, *args, **keywords)

    return method


@guarded("taking TensorBoard's values")
def _tell(tell: Callable[..., None], args: Any, keywords: Any) -> None:
    tell(*args, **keywords)


def _hparams(hparam_dict: Mapping[str, Any], *_: Any, **__: Any) -> None:
    """Its metrics come by a writer's add_scalar."""
    run = api.active()
    if run is not None:
        run.config.update(hparam_dict)


class _Rows:
    """Values that wait until a value of another step comes, or the run ends."""

    def __init__(self) -> None:
        self._step: int | None = None
        self._values: dict[str, Any] = {}
        self._run: Any = None

    def scalar(
        self, tag: str, scalar_value: Any, global_step: Any = None, *_: Any, **__: Any
    ) -> None:
        self._add(tag, scalar_value, global_step)

    def scalars(
        self, main_tag: str, tag_scalar_dict: Any, global_step: Any = None, *_: Any
    ) -> None:
        for tag, value in tag_scalar_dict.items():
            self._add(f"{main_tag}/{tag}", value, global_step)

    def image(
        self, tag: str, img_tensor: Any, global_step: Any = None, *_: Any,
        dataformats: str = "CHW", **__: Any,
    ) -> None:  # fmt: skip
        from gitexp.record.media.image import Image
        from gitexp.record.media.pixels import array_of

        array = array_of(img_tensor)
        if len(dataformats) == array.ndim == 3:
            array = array.transpose([dataformats.index(axis) for axis in "HWC"])
        self._add(tag, Image(array), global_step)

    def figure(self, tag: str, figure: Any, global_step: Any = None, *_: Any, **__: Any) -> None:
        from gitexp.record.media.image import Image

        if hasattr(figure, "savefig"):
            self._add(tag, Image(figure), global_step)

    def histogram(
        self, tag: str, values: Any, global_step: Any = None, *_: Any, **__: Any
    ) -> None:
        from gitexp.record.media.histogram import Histogram

        self._add(tag, Histogram(values), global_step)

    def text(self, tag: str, text_string: str, global_step: Any = None, *_: Any) -> None:
        self._add(tag, str(text_string), global_step)

    def _add(self, tag: str, value: Any, global_step: Any) -> None:
        run = api.active()
        if not isinstance(run, ActiveRun):
            return
        step = None if global_step is None else int(global_step)
        if run is not self._run:
            self._run, self._step, self._values = run, None, {}
            run.before_end(self.flush)
            metrics.leave("sb3")  # its logger writes here
        if step != self._step:
            self.flush()
        self._step = step
        self._values[tag] = value

    def flush(self) -> None:
        """Log what waits."""
        if self._values and self._run is not None:
            known = {} if self._step is None else {"global_step": self._step}
            values, self._values = self._values, {}
            self._run.log({**values, **known})
