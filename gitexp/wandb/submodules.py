"""What `import wandb.…` gives under the stand-in: names of the package, and gitexp's modules."""

from __future__ import annotations

import functools
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

import gitexp
from gitexp.wandb import for_adapters
from gitexp.wandb.environment import variables
from gitexp.wandb.integration import LIBRARIES, Integration

_MEDIA = (
    "Audio", "Classes", "EvalTable", "Graph", "Histogram", "Html", "Image", "JoinedTable", "Media",
    "Molecule", "Node", "Object3D", "PartitionedTable", "Plotly", "Table", "Video", "WBValue",
    "_SavedModel", "box3d",
)  # fmt: skip
_ERRORS = (
    "AuthenticationError", "CommError", "Error", "UnsupportedError", "UsageError",
    "WandbCoreNotAvailableError",
)  # fmt: skip
# Submodule → the names in it, all of which the package has as well.
NAMES: dict[str, tuple[str, ...]] = {
    "apis": ("Api", "InternalApi"),
    "apis.internal": ("Api", "InternalApi"),
    "beta": (),
    "data_types": _MEDIA,
    "env": (),
    "errors": _ERRORS,
    "errors.errors": _ERRORS,
    "errors.term": ("termerror", "termlog", "termwarn"),
    "helper": ("parse_config",),
    "integration": (),
    "integration.lightning": (),
    "sdk": (
        "Artifact",
        "Config",
        "Settings",
        "Summary",
        "finish",
        "helper",
        "init",
        "login",
        "require",
        "setup",
        "sweep",
        "teardown",
    ),
    "sdk.artifacts": ("Artifact",),
    "sdk.artifacts.artifact": ("Artifact",),
    "sdk.artifacts.artifact_ttl": ("ArtifactTTL",),
    "sdk.artifacts.exceptions": (
        "ArtifactFinalizedError",
        "ArtifactNotLoggedError",
        "ArtifactStatusError",
        "WaitTimeoutError",
    ),
    "sdk.data_types": _MEDIA,
    "sdk.data_types.base_types": (),
    "sdk.data_types.base_types.media": ("Media",),
    "sdk.data_types.base_types.wb_value": ("WBValue",),
    "sdk.data_types.audio": ("Audio",),
    "sdk.data_types.graph": ("Graph", "Node"),
    "sdk.data_types.helper_types": (),
    "sdk.data_types.helper_types.classes": ("Classes",),
    "sdk.data_types.histogram": ("Histogram",),
    "sdk.data_types.html": ("Html",),
    "sdk.data_types.image": ("Image",),
    "sdk.data_types.molecule": ("Molecule",),
    "sdk.data_types.object_3d": ("Object3D", "box3d"),
    "sdk.data_types.plotly": ("Plotly",),
    "sdk.data_types.table": ("JoinedTable", "PartitionedTable", "Table"),
    "sdk.data_types.trace_tree": ("Trace", "WBTraceTree"),
    "sdk.data_types.video": ("Video",),
    "sdk.lib": (),
    "sdk.lib.disabled": (),
    "sdk.lib.config_util": ("ConfigError",),
    "sdk.lib.runid": (),
    "sdk.wandb_alerts": ("AlertLevel",),
    "sdk.wandb_config": ("Config",),
    "sdk.wandb_init": ("init",),
    "sdk.wandb_login": ("login",),
    "sdk.wandb_metric": ("Metric",),
    "sdk.wandb_run": ("Run",),
    "sdk.wandb_settings": ("Settings",),
    "sdk.wandb_setup": ("setup",),
    "sdk.wandb_summary": ("Summary", "SummarySubDict"),
    "sdk.wandb_sweep": ("sweep",),
    "util": (),
    "wandb_run": ("Run",),
}
# Submodule → a module of ours with its names.
MODULES = {
    "beta.workflows": "gitexp.wandb.workflows",
    "sdk.artifacts._internal_artifact": "gitexp.wandb.artifacts.internal",
    "sdk.artifacts.artifact_manifest": "gitexp.wandb.artifacts.entry",
    "sdk.artifacts.artifact_manifest_entry": "gitexp.wandb.artifacts.entry",
    "apis.public": "gitexp.wandb.public.names",
    "plot": "gitexp.record.media.plot",
    "plot.custom_chart": "gitexp.record.media.chart",
    "sklearn": "gitexp.sklearn",
    "integration.lightning.fabric": "gitexp.wandb.integration.lightning_fabric",
    "integration.lightning.fabric.logger": "gitexp.wandb.integration.lightning_fabric",
    "integration.sklearn": "gitexp.sklearn",
}
# As old scripts import them: `wandb.keras` is `wandb.integration.keras`.
_PARTS = tuple(LIBRARIES)
# Where wandb has the names of a part, as some scripts import them.
_WITHIN = {
    "catboost": ("catboost",),
    "keras": (
        "keras", "callbacks", "callbacks.metrics_logger", "callbacks.model_checkpoint",
        "callbacks.tables_builder",
    ),
    "sb3": ("sb3",),
    "xgboost": ("xgboost",),
}  # fmt: skip


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
        if name.startswith("__") and name != "__all__":  # which `from … import *` asks for
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
        for below in _WITHIN.get(part, ()):
            name = f"integration.{part}.{below}"
            _attach(top, name, Integration(f"{top}.{name}", part))
    for name in for_adapters.__all__:
        _of(top, "util")[name] = getattr(for_adapters, name)
    _of(top, "sdk.lib.runid")["generate_id"] = for_adapters.generate_id
    _of(top, "env").update(variables())
    from gitexp.wandb.disabled import DisabledRun

    for name in ("sdk.lib", "sdk.lib.disabled"):
        _of(top, name)["RunDisabled"] = DisabledRun


def _attach(top: str, name: str, module: ModuleType) -> None:
    module.__spec__ = ModuleSpec(module.__name__, None, is_package=True)
    module.__path__ = []
    above, _, last = name.rpartition(".")
    _of(top, above)[last] = module
    sys.modules[module.__name__] = module


def _of(top: str, name: str) -> dict[str, Any]:
    return sys.modules[f"{top}.{name}" if name else top].__dict__
