"""joblib.dump and pickle.dump of scikit-learn estimators: through skops, never the pickle."""

from __future__ import annotations

import copy
import importlib.util
import sys
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe

_DEEPEST = 6
_MOST_PARTS = 1000


def install(module: ModuleType) -> None:
    """Observe dump of joblib or pickle."""
    observe("estimators", module, "dump", _dumped)


def _dumped(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    base = sys.modules.get("sklearn.base")
    value = args[0] if args else kwargs.get("value", kwargs.get("obj"))
    if base is None or not isinstance(value, base.BaseEstimator):
        return
    target = args[1] if len(args) > 1 else kwargs.get("filename", kwargs.get("file"))
    path = target if isinstance(target, str) else getattr(target, "name", target)
    if path is None:
        return
    from gitexp.capture.inside import checkpoints

    copied = copy.deepcopy(value)  # the script may go on fitting it
    checkpoints.capture("estimators", path, lambda: _state(copied))


def _state(estimator: Any) -> Any:
    """As `gitexp.sklearn.load_model` reads it, where skops is installed and knows all of it."""
    if importlib.util.find_spec("skops") is not None:
        from gitexp.sklearn.models import state_of as described

        try:
            return described(estimator)
        except Exception:  # noqa: BLE001 - a class that skops does not know: arrays are left
            return state_of(estimator)
    return state_of(estimator)


def state_of(value: Any, depth: int = 0) -> Any:
    """An estimator's class, parameters and what it has learned, as dicts of arrays and numbers."""
    base = sys.modules["sklearn.base"]
    if depth > _DEEPEST:
        return None
    if isinstance(value, base.BaseEstimator):
        kind = type(value)
        learned = {k: state_of(v, depth + 1) for k, v in vars(value).items()}
        return {"class": f"{kind.__module__}.{kind.__qualname__}", **learned}
    if isinstance(value, dict):
        return {key: state_of(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple) and len(value) <= _MOST_PARTS:
        return [state_of(item, depth + 1) for item in value]
    return value
