"""Keras: save() and save_weights(), whose variables are kept by their paths."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe what the methods of a model end in."""
    for function in ("save_model", "save_weights"):
        if hasattr(module, function):
            observe("keras", module, function, _saved)


def _saved(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture.inside import checkpoints

    model = args[0] if args else kwargs["model"]
    path = args[1] if len(args) > 1 else kwargs["filepath"]
    checkpoints.capture("keras", path, state_of(model))


def state_of(model: Any) -> dict[str, Any]:
    """Variables by their path, which is unique in a model: `sequential/dense/kernel`."""
    import numpy as np

    state: dict[str, Any] = {}
    for variable in model.variables:
        value = variable.numpy() if hasattr(variable, "numpy") else variable.value
        state[str(getattr(variable, "path", variable.name))] = np.asarray(value)
    return state
