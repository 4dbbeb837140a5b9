"""`wandb.tensorboard.patch()` and `init(sync_tensorboard=True)`: TensorBoard's events as rows.

Neighbouring events of one step are one row, with the step as `global_step`. Where writers have
several folders, keys begin with the folder, from where they part.
"""

from __future__ import annotations

import functools
import os
import re
import socket
from collections.abc import Mapping
from typing import Any

from gitexp.capture.inside import metrics
from gitexp.record import api
from gitexp.record.active import ActiveRun
from gitexp.record.guard import guarded
from gitexp.wandb.integration._events import value_of

_FILES = ("tensorboard.summary.writer.event_file_writer", "tensorboardX.event_file_writer")
_WRITERS = ("torch.utils.tensorboard.writer", "tensorboardX.writer")

_patched: set[str] = set()
_folders: list[str] = []  # of all writers, the oldest first
_root = ""  # as patch() was told


def patch(
    save: bool = True,
    tensorboard_x: bool | None = None,
    pytorch: bool | None = None,
    root_logdir: str = "",
) -> None:
    """Have what torch's and tensorboardX's writers write logged to the active run.

    Args:
        save: accepted for wandb's sake; the writers' own files are not kept.
        tensorboard_x: accepted for wandb's sake.
        pytorch: accepted for wandb's sake.
        root_logdir: the folder that keys are relative to.
    """
    import wrapt

    global _root
    _root = root_logdir or _root
    metrics.leave("tensorboard")
    for names, install in ((_FILES, _observe_events), (_WRITERS, _observe_hparams)):
        for name in names:
            if name not in _patched:
                _patched.add(name)
                wrapt.register_post_import_hook(install, name)


def unpatch() -> None:
    """Do nothing: what is not wanted is not patched."""


def _observe_events(module: Any) -> None:
    kind = module.EventFileWriter
    made, written = kind.__init__, kind.add_event

    @functools.wraps(made)
    def __init__(self: Any, logdir: Any, *args: Any, **keywords: Any) -> None:
        _note(os.fspath(logdir))
        made(self, logdir, *args, **keywords)

    @functools.wraps(written)
    def add_event(self: Any, event: Any) -> None:
        _take(self, event)
        written(self, event)

    kind.__init__, kind.add_event = __init__, add_event


def _observe_hparams(module: Any) -> None:
    original = module.SummaryWriter.add_hparams

    @functools.wraps(original)
    def add_hparams(self: Any, hparam_dict: Any, *args: Any, **keywords: Any) -> Any:
        _configure(hparam_dict)
        return original(self, hparam_dict, *args, **keywords)

    module.SummaryWriter.add_hparams = add_hparams


@guarded("taking TensorBoard's hyperparameters")
def _configure(hparams: Mapping[str, Any]) -> None:
    run = api.active()
    if run is not None:
        run.config.update(hparams)


@guarded("looking at TensorBoard's folder")
def _note(logdir: str) -> None:
    folder = os.path.abspath(logdir)
    if folder not in _folders:
        _folders.append(folder)


@guarded("taking TensorBoard's values")
def _take(writer: Any, event: Any) -> None:
    run = api.active()
    # What a writer begins its file with tells nothing, and comes before its siblings are made.
    if not isinstance(run, ActiveRun) or not event.summary.value:
        return
    rows = vars(writer).get("_gitexp_rows")
    if rows is None or rows.run is not run:
        rows = writer._gitexp_rows = _Rows(run, _namespace_of(writer.get_logdir()))
    rows.add(event)


def _namespace_of(logdir: Any) -> str:
    """What keys of a writer begin with: its folder below the one that all have in common."""
    folder = os.path.abspath(os.fspath(logdir))
    # A folder that the writer has named itself ends with the host; what is below it counts.
    own = re.search(rf"-\d+_{re.escape(socket.gethostname())}", folder)
    if own:
        root = folder[: own.end()]
    elif _root and folder.startswith(os.path.abspath(_root)):
        root = os.path.abspath(_root)
    elif len(_folders) > 1:
        root = os.path.commonpath(_folders[:2])
    else:
        root = folder
    if not folder.startswith(root):
        return ""
    below = folder[len(root) :].strip(os.sep)
    return f"{below.replace(os.sep, '/')}/" if below else ""


class _Rows:
    """Values of one writer that wait until an event of another step comes, or the run ends."""

    def __init__(self, run: ActiveRun, namespace: str) -> None:
        self.run = run
        self._namespace = namespace
        self._step = 0
        self._values: dict[str, Any] = {}
        self._plugins: dict[str, str] = {}
        run.before_end(self.flush)
        metrics.leave("sb3")  # its logger writes here

    def add(self, event: Any) -> None:
        """Take in an event."""
        if event.step != self._step:
            self.flush()
            self._step = int(event.step)
        for value in event.summary.value:
            # Only the first value of a tag says whose it is.
            named = value.metadata.plugin_data.plugin_name
            plugin = self._plugins.setdefault(value.tag, named)
            plain = value_of(value, named or plugin)
            if plain is not None and value.tag:
                self._values[self._namespace + value.tag] = plain

    def flush(self) -> None:
        """Log what waits."""
        if self._values:
            values, self._values = self._values, {}
            self.run.log({**values, "global_step": self._step})
