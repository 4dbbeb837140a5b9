"""The run that a callback writes to, as wandb's callbacks want it: begun by the script."""

from __future__ import annotations

from typing import Any

from gitexp.capture.inside import metrics
from gitexp.errors import UsageError
from gitexp.record import api


def begun(callback: str, *captures: str) -> Any:
    """The active run.

    Args:
        callback: who asks.
        captures: those of `gitexp record` that see the same numbers, and are to leave them to it.

    Raises:
        UsageError: there is none.
    """
    metrics.leave(*captures)
    run = api.current()
    if run is None or run.ended:
        raise UsageError(f"{callback} needs a run", "call wandb.init() before it")
    return run


# Metrics of boosting libraries by which way is better; with "loss" in the name, lower is.
LOWER = frozenset(
    ["rmse", "rmsle", "mae", "mape", "mphe", "logloss", "error", "error@t", "merror", "l1", "l2",
     "huber", "fair", "poisson", "gamma", "binary_logloss"]
)  # fmt: skip
HIGHER = frozenset(["auc", "aucpr", "ndcg", "map", "ndcg@n", "map@n", "average_precision"])


def best_of(metric: str) -> str | None:
    """What define_metric(summary=) is to keep of a metric; None: its last value."""
    name = metric.lower()
    if "loss" in name or name in LOWER:
        return "min"
    return "max" if name in HIGHER else None


def log_importances(run: Any, rows: list[list[Any]], commit: bool | None = None) -> None:
    """Log a bar chart of features' importances."""
    from gitexp.record.media.plot import bar
    from gitexp.record.media.table import Table

    title = "Feature Importance"
    table = Table(columns=["Feature", "Importance"], data=rows)
    run.log({title: bar(table, "Feature", "Importance", title=title)}, commit=commit)


def log_file(
    run: Any, path: Any, name: str, aliases: list[str] | None = None, type: str = "model"
) -> None:
    """Keep a model's file or folder as an artifact of the run."""
    import os

    import gitexp

    artifact = gitexp.Artifact(name, type=type)
    add = artifact.add_dir if os.path.isdir(path) else artifact.add_file
    add(os.fspath(path))
    run.log_artifact(artifact, aliases=aliases)
