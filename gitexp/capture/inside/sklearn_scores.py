"""scikit-learn: the metrics that the script computes, and its cross-validations."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside import guard

# Names of sklearn.metrics that give one number which says how good or bad something is.
_ENDINGS = ("_score", "_error", "_loss", "_deviance")
_MORE = ("auc",)
_CROSS = ("cross_val_score", "cross_validate")


def install(module: ModuleType) -> None:
    """Observe the functions of sklearn.metrics or sklearn.model_selection, as scripts see them."""
    if module.__name__ == "sklearn.metrics":
        for name in module.__all__:
            if name.endswith(_ENDINGS) or name in _MORE:
                _observe(module, name, lambda found, name=name: {name: found})
        return
    _observe(module, "cross_val_score", lambda found: {"cross_val_score": found.mean()})
    _observe(module, "cross_validate", _means)


def _observe(module: ModuleType, name: str, row_of: Any) -> None:
    def called(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if guard.users_frame("sklearn", "joblib") is None:
            return
        from gitexp.capture.inside import metrics
        from gitexp.capture.inside.phases import phase_of_things, with_phase

        if name in _CROSS and args and hasattr(args[0], "get_params"):
            from gitexp.capture.inside.sklearn_fit import tell_parameters

            tell_parameters(args[0])
        phase = "" if name in _CROSS else phase_of_things(*args, *kwargs.values())
        metrics.log("sklearn", {with_phase(phase, k): v for k, v in row_of(result).items()})

    silent = ("sklearn",) if name in _CROSS else ()
    guard.observe("sklearn_scores", module, name, called, instead_of=silent)


def _means(found: dict[str, Any]) -> dict[str, Any]:
    return {
        f"mean_{key}": values.mean()
        for key, values in found.items()
        if key.startswith(("test_", "train_"))
    }
