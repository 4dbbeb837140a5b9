"""stable-baselines3: what its logger dumps, and the algorithm's settings."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import TRACKERS, observe, observe_named


def install(module: ModuleType) -> None:
    """Observe the logger, before it has forgotten what it writes, and the start of learn()."""
    if module.__name__.endswith("base_class"):
        observe("sb3", module.BaseAlgorithm, "_setup_learn", _begins)
        observe_named("sb3_save", module.BaseAlgorithm, "save", _saved)
        return
    observe_named("sb3", module.Logger, "dump", _dumped, before=True, instead_of=TRACKERS)


def _dumped(given: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    row = {
        key: value
        for key, value in given["self"].name_to_value.items()
        if key not in ("time/iterations", "time/total_timesteps")
    }
    metrics.log("sb3", row, given.get("step"))


def _begins(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    import inspect

    from gitexp.capture._settings import plain_settings
    from gitexp.capture.inside import config

    model = args[0]
    names = inspect.signature(type(model).__init__).parameters.keys() & vars(model).keys()
    aside = {"verbose", "tensorboard_log", "env", "device"}
    found = {name: vars(model)[name] for name in sorted(names - aside)}
    settings = {k: v for k, v in plain_settings(found).items() if v is not None}
    config.add(config.OBJECTS, "sb3", {"algorithm": type(model).__name__, **settings})


def _saved(given: dict[str, Any]) -> None:
    """A zip of pickles and tensors: the tensors are kept."""
    from gitexp.capture.inside import checkpoints

    path = given["path"]
    if isinstance(path, str) or hasattr(path, "__fspath__"):
        checkpoints.capture("sb3", path, given["self"].get_parameters())
