"""Charts of a clusterer: how many clusters, and how well samples sit in theirs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from gitexp.record.guard import guarded
from gitexp.sklearn._charts import log_chart, matrix_of, needed, thinned

_RANGE = range(1, 10, 2)


@guarded("plot_clusterer()")
def plot_clusterer(
    model: Any,
    X_train: Any,
    cluster_labels: Any,
    labels: Any = None,
    model_name: str = "Clusterer",
) -> None:
    """Log all charts of a fitted clusterer, each as a step of its own.

    Args:
        model: fitted; it is not changed.
        X_train: (samples, features).
        cluster_labels: (samples,) the cluster of each.
        labels: accepted for wandb's sake.
        model_name: accepted for wandb's sake.
    """
    if hasattr(model, "n_clusters"):
        plot_elbow_curve(model, X_train)
    plot_silhouette(model, X_train, cluster_labels, labels)


@guarded("plot_elbow_curve()")
def plot_elbow_curve(
    clusterer: Any = None,
    X: Any = None,
    cluster_ranges: Iterable[int] | None = None,
    n_jobs: int = 1,
    show_cluster_time: bool = True,
) -> None:
    """Log how much is left unexplained by 1, 3, 5, … clusters, and how long they take.

    Args:
        clusterer: with `n_clusters`; copies of it are fitted.
        X: (samples, features).
        cluster_ranges: numbers of clusters to try.
        n_jobs: accepted for wandb's sake.
        show_cluster_time: accepted for wandb's sake.
    """
    from sklearn.base import clone

    needed("plot_elbow_curve()", clusterer=clusterer, X=X)
    if not hasattr(clusterer, "n_clusters"):
        raise ValueError(f"a {type(clusterer).__name__} has no n_clusters")
    rows = []
    for count in sorted(_RANGE if cluster_ranges is None else cluster_ranges):
        began = time.perf_counter()
        model = clone(clusterer).set_params(n_clusters=int(count)).fit(X)
        rows.append([int(count), _unexplained(model, X), time.perf_counter() - began])
    columns = ["cluster_ranges", "errors", "clustering_time"]
    fields = {"x": "cluster_ranges", "y": "errors"}
    log_chart("elbow_curve", "line", columns, rows, fields, "Elbow curve")


def _unexplained(model: Any, X: Any) -> float:
    """Sum of squared distances to the clusters' means, or what the model's own score says."""
    import numpy as np

    if hasattr(model, "score"):
        return abs(float(model.score(X)))
    points, found = matrix_of(X), np.asarray(model.labels_)
    parts = (points[found == kind] for kind in np.unique(found))
    return float(sum(((part - part.mean(axis=0)) ** 2).sum() for part in parts))


@guarded("plot_silhouette()")
def plot_silhouette(
    clusterer: Any = None,
    X: Any = None,
    cluster_labels: Any = None,
    labels: Any = None,
    metric: str = "euclidean",
    kmeans: bool = True,
) -> None:
    """Log the silhouette coefficient of each sample, cluster by cluster.

    Near 1: far from the other clusters; 0: between two; below: rather in another.

    Args:
        clusterer: says the clusters if `cluster_labels` does not.
        X: (samples, features).
        cluster_labels: (samples,) the cluster of each.
        labels: accepted for wandb's sake.
        metric: as `sklearn.metrics.silhouette_samples` takes it.
        kmeans: accepted for wandb's sake.
    """
    import numpy as np
    from sklearn.metrics import silhouette_samples

    if cluster_labels is None:
        cluster_labels = getattr(clusterer, "labels_", None)
    needed("plot_silhouette()", X=X, cluster_labels=cluster_labels)
    found = np.asarray(cluster_labels)
    values = silhouette_samples(X, found, metric=metric)
    order = np.lexsort((values, found))  # by cluster, then by coefficient
    mean = float(values.mean())
    rows = [
        [str(found[order[at]]), int(at), float(values[order[at]]), int(order[at]), mean]
        for at in thinned(len(order))
    ]
    columns = ["cluster", "position", "silhouette", "sample", "silhouette_avg"]
    fields = {"x": "position", "y": "silhouette", "stroke": "cluster"}
    log_chart("silhouette_plot", "line", columns, rows, fields, f"Silhouettes, mean {mean:.3f}")
