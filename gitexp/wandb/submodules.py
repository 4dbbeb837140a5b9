"""What `import wandb.…` gives under the stand-in: names of the package, and gitexp's modules."""

from __future__ import annotations

import functools
import json
import os
import re
import secrets
import sys
from functools import partial
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import gitexp
from gitexp.wandb.integration import LIBRARIES, Integration

_MEDIA = (
    "Audio", "Histogram", "Html", "Image", "JoinedTable", "Molecule", "Object3D", "Plotly",
    "Table", "Video",
)  # fmt: skip
_ERRORS = ("AuthenticationError", "CommError", "Error", "UnsupportedError", "UsageError")
# Submodule → the names in it, all of which the package has as well.
NAMES: dict[str, tuple[str, ...]] = {
    "apis": ("Api",),
    "data_types": _MEDIA,
    "env": (),
    "errors": _ERRORS,
    "errors.errors": _ERRORS,
    "errors.term": ("termerror", "termlog", "termwarn"),
    "integration": (),
    "sdk": ("Artifact", "Settings", "init", "login", "setup"),
    "sdk.artifacts": ("Artifact",),
    "sdk.artifacts.artifact": ("Artifact",),
    "sdk.data_types": _MEDIA,
    "sdk.data_types.base_types": (),
    "sdk.data_types.base_types.media": ("Media",),
    "sdk.data_types.base_types.wb_value": ("WBValue",),
    "sdk.data_types.image": ("Image",),
    "sdk.data_types.table": ("Table",),
    "sdk.data_types.video": ("Video",),
    "sdk.lib": (),
    "sdk.lib.disabled": (),
    "sdk.lib.config_util": ("ConfigError",),
    "sdk.lib.runid": (),
    "sdk.wandb_config": ("Config",),
    "sdk.wandb_init": ("init",),
    "sdk.wandb_run": ("Run",),
    "sdk.wandb_settings": ("Settings",),
    "sdk.wandb_summary": ("Summary",),
    "util": (),
    "wandb_run": ("Run",),
}
# Submodule → a module of ours with its names.
MODULES = {
    "apis.public": "gitexp.wandb.public.names",
    "plot": "gitexp.record.media.plot",
    "sklearn": "gitexp.sklearn",
    "integration.sklearn": "gitexp.sklearn",
}
# As old scripts import them: `wandb.keras` is `wandb.integration.keras`.
_PARTS = tuple(LIBRARIES)


class Names(ModuleType):
    """Some names of the package, looked up when they are used."""

    def __init__(self, name: str, names: tuple[str, ...]) -> None:
        super().__init__(name)
        self._names = names

    def __getattr__(self, name: str) -> Any:
        if name in self._names:
            return getattr(gitexp, name)
        raise AttributeError(f"gitexp's {self.__name__} has no {name!r}; see docs/wandb.md")


class Ours(ModuleType):
    """A module of ours that is imported when one of its names is asked for."""

    def __init__(self, name: str, home: str) -> None:
        super().__init__(name)
        self._home = home

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(import_module(self._home), name)


@functools.cache
def beside_gitexp() -> ModuleType:
    """The submodules for `import gitexp as wandb`, where `wandb.util` is asked of gitexp."""
    package = ModuleType("gitexp.wandb.submodules.wandb")
    sys.modules[package.__name__] = package
    fill(package)
    return package


def fill(package: ModuleType) -> None:
    """Give the package its submodules."""
    top = package.__name__
    for name, names in NAMES.items():
        _attach(top, name, Names(f"{top}.{name}", names))
    for name, home in MODULES.items():
        _attach(top, name, Ours(f"{top}.{name}", home))
    for part in _PARTS:
        for name in (f"integration.{part}", part):
            _attach(top, name, Integration(f"{top}.{name}", part))
    for function in (generate_id, get_module, json_dumps_safer, make_artifact_name_safe):
        _of(top, "util")[function.__name__] = function
    _of(top, "sdk.lib.runid")["generate_id"] = generate_id
    for keyword in ("entity", "project"):
        _of(top, "env")[f"set_{keyword}"] = partial(_set_variable, f"WANDB_{keyword.upper()}")
    from gitexp.wandb.disabled import DisabledRun

    for name in ("sdk.lib", "sdk.lib.disabled"):
        _of(top, name)["RunDisabled"] = DisabledRun


def generate_id(length: int = 8) -> str:
    """Random letters and digits, as a run's id."""
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(length))


def get_module(name: str, required: str | bool | None = None, lazy: bool = True) -> Any:
    """Import a module if it is there.

    Raises:
        ImportError: it is not, and `required` says what for.
    """
    try:
        return import_module(name)
    except ImportError:
        if required:
            raise ImportError(required if isinstance(required, str) else name) from None
        return None


def json_dumps_safer(value: Any, **keywords: Any) -> str:
    """As JSON; what is not plain is its text."""
    from gitexp.record.values import plain_config

    return json.dumps(plain_config(value), **keywords)


def make_artifact_name_safe(name: str) -> str:
    """Letters, digits, dots, dashes and underscores, 128 at most."""
    safe = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    return safe if len(safe) <= 128 else f"{safe[:63]}..{safe[-63:]}"


def _set_variable(name: str, value: str) -> None:
    os.environ[name] = str(value)


def _attach(top: str, name: str, module: ModuleType) -> None:
    module.__spec__ = ModuleSpec(module.__name__, None, is_package=True)
    module.__path__ = []
    above, _, last = name.rpartition(".")
    _of(top, above)[last] = module
    sys.modules[module.__name__] = module


def _of(top: str, name: str) -> dict[str, Any]:
    return sys.modules[f"{top}.{name}" if name else top].__dict__
