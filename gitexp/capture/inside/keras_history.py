"""Keras: the numbers of each epoch of fit(), as its History callback gets them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import TRACKERS, observe_named


def install(module: ModuleType) -> None:
    """Observe CallbackList, which has them whether or not there is a progress bar."""
    for function, tell in (("on_epoch_end", _epoch), ("on_train_begin", _begins)):
        observe_named("keras", module.CallbackList, function, tell, instead_of=TRACKERS)


def _epoch(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    metrics.log("keras", given.get("logs") or {}, given["epoch"])


def _begins(given: dict[str, Any]) -> None:
    """The optimizer's settings, and the size of a batch."""
    from gitexp.capture._settings import plain_settings
    from gitexp.capture.inside import config, metrics

    metrics.begin_training("keras")
    callbacks = given["self"]
    model = getattr(callbacks, "model", None) or getattr(callbacks, "_model", None)
    optimizer = getattr(model, "optimizer", None)
    found: dict[str, Any] = {}
    if optimizer is not None:
        settings = plain_settings(optimizer.get_config())
        found["optimizer"] = {key: value for key, value in settings.items() if value is not None}
    for name in ("epochs", "steps"):
        if (value := (getattr(callbacks, "params", None) or {}).get(name)) is not None:
            found[{"steps": "steps_per_epoch"}.get(name, name)] = value
    config.add(config.OBJECTS, "keras", found)
