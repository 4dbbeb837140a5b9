"""Lightning checkpoints: Lightning saves through a buffer, so torch.save sees no file."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe the plugin's save_checkpoint."""
    observe("lightning", module.TorchCheckpointIO, "save_checkpoint", _saved)


def _saved(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture.inside import checkpoints

    state = args[1] if len(args) > 1 else kwargs["checkpoint"]
    path = args[2] if len(args) > 2 else kwargs["path"]
    checkpoints.capture("lightning", path, state)
