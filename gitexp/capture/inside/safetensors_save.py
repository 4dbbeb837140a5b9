"""safetensors: save_file of torch and numpy."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe save_file; save_model ends in it."""
    observe("safetensors", module, "save_file", _saved)


def _saved(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture.inside import checkpoints

    tensors = args[0] if args else kwargs.get("tensors") or kwargs["tensor_dict"]
    path = args[1] if len(args) > 1 else kwargs["filename"]
    checkpoints.capture("safetensors", path, dict(tensors))
