"""scikit-learn: parameters of the estimators that the script fits, and results of its searches."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

from gitexp.capture.inside import guard

_MOST_CANDIDATES = 1000
_DEEPEST = 4
# How it is computed, not what.
_ASIDE = frozenset(
    ["verbose", "n_jobs", "memory", "copy", "copy_X", "cache_size", "warm_start", "pre_dispatch",
     "error_score", "refit", "return_train_score"]
)  # fmt: skip
# Between a script and the score of an estimator, if a pipeline or a search passes it on.
_ON_THE_WAY = frozenset(["score", "_score", "__call__", "wrapper", "fn"])


def install(module: ModuleType) -> None:
    """Observe fit of all estimators, which they define by one decorator, and their scores."""
    original = module.__dict__["_fit_context"]

    def fit_context(**options: Any) -> Callable[[Any], Any]:
        decorate = original(**options)

        def decorator(method: Any) -> Any:
            holder = type("Holder", (), {method.__name__: decorate(method)})
            if method.__name__ == "fit":
                guard.observe("sklearn", holder, "fit", _fitted, instead_of=("sklearn_scores",))
            return vars(holder)[method.__name__]

        return decorator

    module.__dict__["_fit_context"] = fit_context
    base = module.__dict__
    for mixin, name in ((base["ClassifierMixin"], "accuracy"), (base["RegressorMixin"], "r2")):
        guard.observe("sklearn", mixin, "score", _scorer(name), instead_of=("sklearn_scores",))


def _fitted(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    estimator = args[0]
    if guard.users_frame("sklearn", "joblib") is None or not _is_model(estimator):
        return
    tell_parameters(estimator)
    if hasattr(estimator, "cv_results_"):
        _searched(estimator)


def tell_parameters(estimator: Any) -> None:
    """An estimator's parameters are config, under its class; where they change, as a list."""
    from gitexp.capture.inside import trainings

    trainings.tell("sklearn", parameters_of(estimator), under=type(estimator).__name__)


def _is_model(estimator: Any) -> bool:
    """Whether it predicts or groups; scalers and encoders by themselves are preparation."""
    kind = type(estimator)
    return any(hasattr(kind, name) for name in ("predict", "fit_predict", "score_samples"))


def parameters_of(estimator: Any, depth: int = 0) -> dict[str, Any]:
    """An estimator's parameters, estimators in it nested under their own names."""
    base = sys.modules["sklearn.base"].BaseEstimator
    found: dict[str, Any] = {}
    for key, value in estimator.get_params(deep=False).items():
        parts = value if isinstance(value, list | tuple) else ()
        named = [p for p in parts if isinstance(p, tuple) and len(p) > 1]
        if value is None or value == "deprecated" or key in _ASIDE:
            continue
        if named and len(named) == len(parts):  # steps of a pipeline, transformers, estimators
            for part in named:
                found[part[0]] = _part(part[1], depth)
        elif isinstance(value, base):
            found[key] = _part(value, depth)
        else:
            found[key] = value
    return found


def _part(value: Any, depth: int) -> Any:
    if not hasattr(value, "get_params") or isinstance(value, type):
        return value
    if depth >= _DEEPEST:
        return type(value).__name__
    return {"class": type(value).__name__, **parameters_of(value, depth + 1)}


def _searched(search: Any) -> None:
    """The scores of a search's candidates as a series, the best as results."""
    from gitexp.capture.inside import metrics

    metrics.begin_training("sklearn")
    results = search.cv_results_
    keys = [key for key in results if key.startswith(("mean_test_", "mean_train_"))]
    for at in range(min(len(results["params"]), _MOST_CANDIDATES)):
        metrics.log("sklearn", {key: results[key][at] for key in keys}, at)
    best = getattr(search, "best_params_", None) or {}
    found = {"best_score": getattr(search, "best_score_", None)}
    found |= {f"best_params.{key}": value for key, value in best.items()}
    metrics.summarize("sklearn", {k: v for k, v in found.items() if v is not None})


def _is_asked_by_user() -> bool:
    """Whether the script asked for a score, of a model or of a search or pipeline around it;
    functions such as permutation_importance compute many on their way to something else."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        module = name.partition(".")[0]
        if name.startswith("gitexp.sklearn."):  # our own charts compute scores, too
            return False
        if module == "sklearn":
            if frame.f_code.co_name not in _ON_THE_WAY:
                return False
        elif module not in ("gitexp", "functools"):
            return guard.is_users(frame.f_code.co_filename)
        frame = frame.f_back
    return False


def _scorer(name: str) -> Callable[[Any, tuple[Any, ...], dict[str, Any]], None]:
    def scored(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not _is_asked_by_user():
            return
        from gitexp.capture.inside import metrics
        from gitexp.capture.inside.phases import phase_of_things, with_phase

        phase = phase_of_things(*args[1:], *kwargs.values())
        metrics.log("sklearn", {with_phase(phase, name): result})

    return scored
