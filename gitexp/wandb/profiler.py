"""`wandb.profiler`: traces of torch's profiler as files of the run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from gitexp.errors import UsageError
from gitexp.record import api

_FOLDER = "pytorch_traces"


def torch_trace_handler() -> Callable[[Any], None]:
    """What `torch.profiler.profile(on_trace_ready=…)` takes to write its traces into `run.dir`.

    Raises:
        UsageError: there is no run.
        ModuleNotFoundError: torch is not installed.
    """
    from torch.profiler import tensorboard_trace_handler

    run = api.active()
    if run is None or not hasattr(run, "dir"):
        raise UsageError("torch_trace_handler() needs a run", "call wandb.init() before it")
    folder = Path(run.dir) / _FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    handler: Callable[[Any], None] = tensorboard_trace_handler(str(folder))
    return handler
