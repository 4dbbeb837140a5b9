"""wandb's callbacks for other libraries; each module here imports the library that it is for.

`from wandb.integration.keras import WandbMetricsLogger` works without keras, as scripts import
what they may not use; using it is an error that names the library.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any, NoReturn

from gitexp.errors import GitexpError

# Module of this package → the library that it needs.
LIBRARIES = {
    "catboost": "catboost",
    "gym": "gymnasium",
    "keras": "keras",
    "lightgbm": "lightgbm",
    "sacred": "sacred",
    "sb3": "stable_baselines3",
    "tensorboard": "torch",
    "xgboost": "xgboost",
}


class MissingIntegration(GitexpError, ImportError):
    """A callback is used whose library is not installed."""

    def __init__(self, name: str, library: str) -> None:
        super().__init__(f"wandb's {name} needs {library}", f"pip install {library}")


class Integration(ModuleType):
    """A module of this package that is imported when one of its names is asked for."""

    def __init__(self, name: str, part: str) -> None:
        super().__init__(name)
        self._part = part

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        library = LIBRARIES[self._part]
        try:
            module = import_module(f"{__name__}.{self._part}")
        except ModuleNotFoundError as error:
            if (error.name or "").partition(".")[0] != library:
                raise
            return _missing(name, library)
        try:
            return getattr(module, name)
        except AttributeError:
            raise AttributeError(
                f"gitexp's {self.__name__} has no {name!r}; see docs/wandb.md"
            ) from None


def _missing(name: str, library: str) -> Any:
    def __init__(self: Any, *args: Any, **keywords: Any) -> NoReturn:
        raise MissingIntegration(name, library)

    # A class, so that scripts may derive their own from it.
    return type(name, (), {"__init__": __init__, "__doc__": f"Needs {library}."})
