"""Charts of a clusterer: how many clusters, and how well samples sit in theirs."""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Any

from gitexp.record.guard import guarded
from gitexp.sklearn._charts import log_chart, matrix_of, needed, thinned

_RANGE = range(1, 10, 2)
_GAP = 10  # between the bars of two clusters


@guarded("plot_clusterer()")
def plot_clusterer(
    model: Any,
    X_train: Any,
    cluster_labels: Any,
    labels: Any = None,
    model_name: str = "Clusterer",
) -> None:
    """Log all charts of a fitted clusterer, each as a step of its own: the elbow of k-means only.

    Args:
        model: fitted; it is not changed.
        X_train: (samples, features).
        cluster_labels: (samples,) the cluster of each.
        labels: accepted for wandb's sake.
        model_name: accepted for wandb's sake.
    """
    from sklearn.cluster import KMeans

    if isinstance(model, KMeans):
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
    """Log the silhouette coefficient of each sample, cluster by cluster, and where samples lie.

    Near 1: far from the other clusters; 0: between two; below: rather in another. Samples of the
    cluster -1, which are in none, are left out.

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
    points, given = matrix_of(X), np.asarray(cluster_labels)
    values = silhouette_samples(X, given, metric=metric)
    kinds, found = np.unique(given, return_inverse=True)
    if given.dtype.kind in "iu":
        found = given
    order = np.lexsort((values, found))  # by cluster, then by coefficient
    order = order[found[order] >= 0]
    centers = getattr(clusterer, "cluster_centers_", None)
    mean = float(values.mean())
    gap = {kind: _GAP * (n + 1) for n, kind in enumerate(np.unique(found[order]).tolist())}
    rows = []
    for at in thinned(len(order)):
        # Two pictures in one table, as wandb has them: the sample `at`, and a bar of the other.
        own, cluster = int(found[at]), int(found[order[at]])
        center = centers[own] if centers is not None and 0 <= own < len(centers) else (None, None)
        rows.append([
            float(points[at, 0]), float(points[at, min(1, points.shape[1] - 1)]),
            given[at].item(), *(None if c is None else float(c) for c in center[:2]),
            int(at) + gap[cluster], 0, float(values[order[at]]),
            kinds[cluster].item() if given.dtype.kind not in "iu" else cluster, mean,
        ])  # fmt: skip
    columns = [
        "x", "y", "colors", "centerx", "centery", "y_sil", "x1", "x2", "color_sil",
        "silhouette_avg",
    ]  # fmt: skip
    fields = {"x": "y_sil", "y": "x2", "stroke": "color_sil"}
    log_chart("silhouette_plot", "line", columns, rows, fields, f"Silhouettes, mean {mean:.3f}")
