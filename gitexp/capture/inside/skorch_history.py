"""skorch: the numbers of each epoch of a net's history, and its parameters."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import TRACKERS, observe_named


def install(module: ModuleType) -> None:
    """Observe the call that all callbacks of a net are told by."""
    observe_named("skorch", module.NeuralNet, "notify", _told, instead_of=TRACKERS)


def _told(given: dict[str, Any]) -> None:
    if given["method_name"] == "on_epoch_end":
        _epoch(given["self"])
    elif given["method_name"] == "on_train_begin":
        _begins(given["self"])


def _epoch(net: Any) -> None:
    from gitexp.capture.inside import metrics

    epoch = net.history[-1]
    row = {
        key: value
        for key, value in epoch.items()
        if isinstance(value, int | float)
        and not key.endswith(("_best", "_batch_count"))
        and key not in ("epoch", "dur")
    }
    metrics.log("skorch", row, int(epoch["epoch"]))


def _begins(net: Any) -> None:
    from gitexp.capture._settings import plain_settings
    from gitexp.capture.inside import config

    own = {k: v for k, v in net.get_params(deep=False).items() if k != "callbacks"}
    aside = ("verbose", "use_caching", "compile", "warm_start")
    found = plain_settings({k: v for k, v in own.items() if k not in aside})
    settings = {k: v for k, v in found.items() if v is not None}
    for part in ("module", "criterion", "optimizer"):
        if isinstance(getattr(net, part, None), type):
            settings[part] = getattr(net, part).__name__
    config.add(config.OBJECTS, "skorch", settings)
