"""Where the names are that wandb's module has beside gitexp's own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gitexp.wandb.integration import LIBRARIES, Integration
from gitexp.wandb.unsupported import INSTEAD, refusal

HOMES = {
    "Audio": "gitexp.record.media.sound",
    "EvalTable": "gitexp.record.media.tables",
    "Graph": "gitexp.record.media.graph",
    "Histogram": "gitexp.record.media.histogram",
    "Html": "gitexp.record.media.documents",
    "Image": "gitexp.record.media.image",
    "JoinedTable": "gitexp.record.media.table",
    "Molecule": "gitexp.record.media.documents",
    "Object3D": "gitexp.record.media.documents",
    "PartitionedTable": "gitexp.record.media.tables",
    "Plotly": "gitexp.record.media.documents",
    "box3d": "gitexp.record.media.documents",
    "Table": "gitexp.record.media.table",
    "Video": "gitexp.record.media.sound",
    "AlertLevel": "gitexp.wandb.calls",
    "Artifact": "gitexp.wandb.artifacts.artifact",
    "ArtifactTTL": "gitexp.wandb.calls",
    "Classes": "gitexp.wandb.calls",
    "attach": "gitexp.wandb.sending",
    "ensure_configured": "gitexp.wandb.calls",
    "parse_config": "gitexp.wandb.calls",
    "Settings": "gitexp.wandb.settings",
    "Api": "gitexp.wandb.public.api",
    "agent": "gitexp.wandb.sweeps.agent",
    "alert": "gitexp.wandb.calls",
    "finish_artifact": "gitexp.wandb.calls",
    "link_artifact": "gitexp.wandb.calls",
    "link_model": "gitexp.wandb.calls",
    "log_artifact": "gitexp.wandb.calls",
    "log_model": "gitexp.wandb.calls",
    "upsert_artifact": "gitexp.wandb.calls",
    "use_artifact": "gitexp.wandb.calls",
    "use_model": "gitexp.wandb.calls",
    "log_code": "gitexp.wandb.calls",
    "login": "gitexp.wandb.calls",
    "mark_preempting": "gitexp.wandb.calls",
    "patched": "gitexp.wandb.calls",
    "pin_config_keys": "gitexp.wandb.calls",
    "require": "gitexp.wandb.calls",
    "save": "gitexp.wandb.calls",
    "setup": "gitexp.wandb.calls",
    "teardown": "gitexp.wandb.calls",
    "restore": "gitexp.wandb.calls",
    "sweep": "gitexp.wandb.sweeps.agent",
    "termerror": "gitexp.wandb.calls",
    "termlog": "gitexp.wandb.calls",
    "termwarn": "gitexp.wandb.calls",
    "plot_table": "gitexp.record.media.plot",
    "visualize": "gitexp.record.media.plot",
}
# Modules that are attributes of the package.
_MODULES = {
    "plot": "gitexp.record.media.plot",
    "profiler": "gitexp.wandb.profiler",
    "sklearn": "gitexp.sklearn",
}
# Under another name than gitexp's own.
_ALIASES = {
    "AuthenticationError": ("gitexp.errors", "AuthenticationError"),
    "CommError": ("gitexp.errors", "CommError"),
    "Config": ("gitexp.record.mappings", "Config"),
    "ConfigError": ("gitexp.errors", "ConfigError"),
    "Error": ("gitexp.errors", "GitexpError"),
    "Media": ("gitexp.record.media._base", "Media"),
    "Run": ("gitexp.wandb.run", "Run"),
    "Summary": ("gitexp.record.summary", "Summary"),
    "ArtifactFinalizedError": ("gitexp.wandb.artifacts.exceptions", "ArtifactFinalizedError"),
    "ArtifactNotLoggedError": ("gitexp.wandb.artifacts.exceptions", "ArtifactNotLoggedError"),
    "ArtifactStatusError": ("gitexp.wandb.artifacts.exceptions", "ArtifactStatusError"),
    "Metric": ("gitexp.record.defined", "Metric"),
    "Node": ("gitexp.record.media.graph", "Node"),
    "SummarySubDict": ("gitexp.record.summary", "View"),
    "WaitTimeoutError": ("gitexp.wandb.artifacts.exceptions", "WaitTimeoutError"),
    "WandbCoreNotAvailableError": ("gitexp.errors", "WandbCoreNotAvailableError"),
    "UnsupportedError": ("gitexp.errors", "UnsupportedError"),
    "UsageError": ("gitexp.errors", "UsageError"),
    "WBValue": ("gitexp.record.media._base", "Media"),
    "_SavedModel": ("gitexp.wandb.saved_model", "SavedModel"),
    "join": ("gitexp.record.api", "finish"),
}


# Submodules that scripts reach as attributes.
_BELOW = ("apis", "beta", "data_types", "env", "helper", "integration", "sdk", "util", "wandb_run")


def resolve(name: str) -> Any:
    """What the module has under a name of wandb's.

    Raises:
        AttributeError: wandb has no such name, or gitexp has nothing like it.
    """
    if name in _MODULES:
        return import_module(_MODULES[name])
    if name == "wandb_sdk":  # as wandb's own package calls it
        return resolve("sdk")
    if name in _BELOW:
        submodules = import_module("gitexp.wandb.submodules")
        return getattr(submodules.beside_gitexp(), name)
    if name in LIBRARIES:
        return Integration(f"gitexp.{name}", name)
    if name in HOMES:
        return getattr(import_module(HOMES[name]), name)
    if name in _ALIASES:
        home, own = _ALIASES[name]
        return getattr(import_module(home), own)
    if name in INSTEAD:
        return refusal(name)
    raise AttributeError(
        f"module 'gitexp' has no attribute {name!r}; docs/wandb.md lists what it has of wandb's"
    )
