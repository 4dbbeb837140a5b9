"""torch.save: state dicts, training states, whole modules."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any

from gitexp.capture.inside.guard import observe

# What the Hugging Face Trainer saves beside a model.
_BESIDE = re.compile(r"checkpoint-\d+/(?:optimizer|scheduler|scaler|rng_state\w*|training_args)\.")


def install(module: Any) -> None:
    """Observe torch.save."""
    observe("torch", module, "save", _saved)
    module.serialization.save = module.save


def _saved(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    state = args[0] if args else kwargs["obj"]
    target = args[1] if len(args) > 1 else kwargs.get("f")
    path = target if isinstance(target, str | os.PathLike) else getattr(target, "name", None)
    if not isinstance(path, str | os.PathLike):
        return
    from gitexp.capture.inside import checkpoints

    if not is_state(state) or _BESIDE.search(os.fspath(path)):
        checkpoints.written(path)
        return
    checkpoints.capture("torch", path, state)


def is_state(value: Any) -> bool:
    """Whether an object is a model's or a training's state, not data that torch.save keeps."""
    if callable(getattr(value, "state_dict", None)) and not isinstance(value, type):
        return True
    if not isinstance(value, Mapping):
        return False
    if not value:
        return type(value).__name__ == "OrderedDict"  # the state dict of a model without any
    return any(_holds_tensors(item, 0) for item in value.values())


def _holds_tensors(value: Any, depth: int) -> bool:
    if hasattr(value, "data_ptr") or callable(getattr(value, "state_dict", None)):
        return True
    if depth < 4 and isinstance(value, Mapping):
        return any(_holds_tensors(item, depth + 1) for item in value.values())
    return type(value).__name__ == "OrderedDict"
