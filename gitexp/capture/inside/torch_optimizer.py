"""torch.optim: that an optimizer is made says that the training is about to begin."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside import script
from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe Optimizer's constructor."""
    observe("script", module.Optimizer, "__init__", _made)


def _made(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    script.take()
