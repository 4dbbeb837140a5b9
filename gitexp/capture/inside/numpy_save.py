"""numpy.savez: named arrays."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe, users_frame


def install(module: ModuleType) -> None:
    """Observe savez and savez_compressed."""
    observe("numpy", module, "savez", _saved)
    observe("numpy", module, "savez_compressed", _saved)


def _saved(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture.inside import checkpoints

    path = args[0] if args else kwargs.get("file")
    path = path if isinstance(path, str) else getattr(path, "name", path)
    arrays = {**{f"arr_{n}": array for n, array in enumerate(args[1:])}, **kwargs}
    arrays.pop("file", None)
    arrays.pop("allow_pickle", None)
    if path is not None and arrays and users_frame("numpy") is not None:
        import numpy

        state = {name: numpy.asarray(array) for name, array in arrays.items()}
        checkpoints.capture("numpy", path, state)
