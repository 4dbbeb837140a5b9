"""The module that `import wandb` gives under `gitexp record`, and its submodules."""

from __future__ import annotations

import secrets
import sys
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import gitexp
from gitexp.record.api import active

# What libraries compare with; the stand-in has the interface of about this version.
VERSION = "0.19.11"

_MEDIA = (
    "Audio",
    "Histogram",
    "Html",
    "Image",
    "Molecule",
    "Object3D",
    "Plotly",
    "Table",
    "Video",
)
# Submodule → the names in it, all of which the package has as well.
_SUBMODULES: dict[str, tuple[str, ...]] = {
    "data_types": _MEDIA,
    "errors": ("CommError", "Error", "UsageError"),
    "sdk": ("Settings", "init", "login", "setup"),
    "sdk.data_types": _MEDIA,
    "sdk.lib": (),
    "sdk.wandb_run": ("Run",),
    "util": (),
    "wandb_run": ("Run",),
}


class StandIn(ModuleType):
    """A module that asks gitexp for its names, each time: `run` and `config` change."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "run":
            # Scripts ask whether init() was called; gitexp's own would join the recorded run.
            return active()
        return getattr(gitexp, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "config":
            gitexp.config = value  # into the run's
        else:
            super().__setattr__(name, value)


class _Submodule(ModuleType):
    """Some names of the package, looked up when they are used."""

    _names: tuple[str, ...] = ()

    def __getattr__(self, name: str) -> Any:
        if name in self._names:
            return getattr(gitexp, name)
        raise AttributeError(f"gitexp's {self.__name__} has no {name!r}; see docs/wandb.md")


def generate_id(length: int = 8) -> str:
    """Random letters and digits, as a run's id."""
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(length))


def fill(package: ModuleType) -> None:
    """Give the package its version and its submodules."""
    package.__dict__["__version__"] = VERSION
    for name, names in _SUBMODULES.items():
        module = _Submodule(f"{package.__name__}.{name}")
        module._names = names
        module.__spec__ = ModuleSpec(module.__name__, None)
        _attach(package, name, module)
    _find(package, "util").__dict__["generate_id"] = generate_id
    from gitexp.wandb.disabled import DisabledRun

    _find(package, "sdk.lib").__dict__["RunDisabled"] = DisabledRun
    # The module itself, whose `config` and `run` are the run's.
    from gitexp.record.media import plot

    sys.modules[f"{package.__name__}.plot"] = plot


def _attach(package: ModuleType, name: str, module: ModuleType) -> None:
    above, _, last = name.rpartition(".")
    _find(package, above).__dict__[last] = module
    sys.modules[module.__name__] = module


def _find(package: ModuleType, name: str) -> ModuleType:
    return sys.modules[f"{package.__name__}.{name}" if name else package.__name__]
