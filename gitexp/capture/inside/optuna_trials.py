"""optuna: the values of each trial that was finished, told on the screen or not."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe the end of a trial of optimize(), and tell()."""
    if module.__name__.endswith("_optimize"):
        observe("optuna", module, "_run_trial", _ended)
    else:
        observe("optuna", module.Study, "tell", _ended)


def _ended(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    from gitexp.capture.inside import metrics

    study = args[0] if args else kwargs.get("study")
    trial = result[0] if isinstance(result, tuple) else result
    if isinstance(trial, int):  # since version 5
        trial = study._storage.get_trial(trial)  # type: ignore[union-attr]
    state = str(getattr(getattr(trial, "state", None), "name", ""))
    values = getattr(trial, "values", None)
    if state != "COMPLETE" or not values:
        return
    names = getattr(study, "metric_names", None)
    if not names:
        names = ["value"] if len(values) == 1 else [f"values.{n}" for n in range(len(values))]
    metrics.log("optuna", dict(zip(names, values, strict=False)), trial.number)
