"""Where the names are that wandb's module has beside gitexp's own."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from gitexp.wandb.unsupported import INSTEAD, refusal

HOMES = {
    "Audio": "gitexp.record.media.sound",
    "Histogram": "gitexp.record.media.histogram",
    "Html": "gitexp.record.media.documents",
    "Image": "gitexp.record.media.image",
    "Molecule": "gitexp.record.media.documents",
    "Object3D": "gitexp.record.media.documents",
    "Plotly": "gitexp.record.media.documents",
    "Table": "gitexp.record.media.table",
    "Video": "gitexp.record.media.sound",
    "AlertLevel": "gitexp.wandb.calls",
    "Settings": "gitexp.wandb.settings",
    "alert": "gitexp.wandb.calls",
    "log_code": "gitexp.wandb.calls",
    "login": "gitexp.wandb.calls",
    "mark_preempting": "gitexp.wandb.calls",
    "require": "gitexp.wandb.calls",
    "save": "gitexp.wandb.calls",
    "setup": "gitexp.wandb.calls",
    "teardown": "gitexp.wandb.calls",
    "termerror": "gitexp.wandb.calls",
    "termlog": "gitexp.wandb.calls",
    "termwarn": "gitexp.wandb.calls",
}
# Under another name than gitexp's own.
_ALIASES = {
    "CommError": ("gitexp.errors", "GitexpError"),
    "Error": ("gitexp.errors", "GitexpError"),
    "Run": ("gitexp.wandb.run", "Run"),
    "UsageError": ("gitexp.errors", "UsageError"),
    "join": ("gitexp.record.api", "finish"),
}


def resolve(name: str) -> Any:
    """What the module has under a name of wandb's.

    Raises:
        AttributeError: wandb has no such name, or gitexp has nothing like it.
    """
    if name == "plot":
        return import_module("gitexp.record.media.plot")
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
