"""Hugging Face accelerate: Accelerator.log and the config of init_trackers."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import TRACKERS, observe_named


def install(module: ModuleType) -> None:
    """Observe the Accelerator; the trackers that it passes things on to are not told again."""
    accelerator = module.Accelerator
    for function, tell, names in (
        ("log", _logged, ("self", "values", "step", "log_kwargs")),
        ("init_trackers", _begins, ("self", "project_name", "config", "init_kwargs")),
    ):
        observe_named("accelerate", accelerator, function, tell, instead_of=TRACKERS, names=names)


def _logged(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    if given["self"].is_main_process:
        metrics.log("accelerate", given["values"], given.get("step"))


def _begins(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import config

    if isinstance(found := given.get("config"), Mapping):
        config.add(config.OBJECTS, "accelerate", found)
