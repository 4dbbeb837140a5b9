"""Charts of estimators: their data against what can be computed by hand."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.cli import gitexp, runs_of
from support.git import git

from gitexp.record import api
from gitexp.record.media._base import MediaFolder
from gitexp.sklearn import __all__ as NAMES

pytest.importorskip("sklearn")

from sklearn.cluster import AgglomerativeClustering, KMeans
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.naive_bayes import MultinomialNB

import gitexp.sklearn as charts

X, Y = load_iris(return_X_y=True)


class Log:
    """Stands in for the active run's log()."""

    def __init__(self) -> None:
        self.charts: dict[str, Any] = {}

    def __call__(self, data: dict[str, Any], *args: Any) -> None:
        self.charts.update(data)

    def rows(self, key: str) -> list[list[Any]]:
        rows: list[list[Any]] = self.charts[key].table.data
        return rows

    def column(self, key: str, name: str) -> list[Any]:
        cells: list[Any] = self.charts[key].table.get_column(name)
        return cells


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Log:
    log = Log()
    monkeypatch.setattr(api, "log", log)
    return log


def test_all_charts_of_a_classifier(logged: Log, tmp_path: Path) -> None:
    model = RandomForestClassifier(n_estimators=5, random_state=0).fit(X[::2], Y[::2])
    labels = ["a", "b", "c"]
    charts.plot_classifier(
        model, X[::2], X[1::2], Y[::2], Y[1::2], model.predict(X[1::2]),
        model.predict_proba(X[1::2]), labels, False, "RF", ["q", "w", "e", "r"], True,
    )  # fmt: skip
    assert list(logged.charts) == [
        "feature_importances", "learning_curve", "confusion_matrix", "summary_metrics",
        "class_proportions", "roc", "precision_recall",
    ]  # fmt: skip
    importances = dict(logged.rows("feature_importances"))
    assert importances == dict(
        zip(["q", "w", "e", "r"], model.feature_importances_.tolist(), strict=True)
    )
    assert sum(logged.column("confusion_matrix", "Count")) == 75
    assert logged.rows("class_proportions")[0] == ["a", "train", 25]
    scores = dict(row[:2] for row in logged.rows("summary_metrics"))
    assert scores["accuracy_score"] == model.score(X[1::2], Y[1::2])
    assert {row[0] for row in logged.rows("roc")} == set(labels)
    for key, chart in logged.charts.items():
        kept = chart.keep(MediaFolder(tmp_path), key)
        assert set(chart.fields.values()) <= set(kept["columns"]), key


def test_a_confusion_matrix_says_which_class_was_taken_for_which(logged: Log) -> None:
    charts.plot_confusion_matrix([0, 0, 1], [0, 1, 1], ["cat", "dog"])
    rows = {(actual, told): n for told, actual, n in logged.rows("confusion_matrix")}
    assert rows == {
        ("cat", "cat"): 1, ("cat", "dog"): 1, ("dog", "cat"): 0, ("dog", "dog"): 1
    }  # fmt: skip
    charts.plot_confusion_matrix(["x", "x", "y"], ["x", "y", "y"], normalize=True)
    assert logged.rows("confusion_matrix")[0] == ["x", "x", 0.5]


def test_importances_of_linear_models_and_of_models_without(
    logged: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    charts.plot_feature_importances(LogisticRegression(max_iter=500).fit(X, Y))
    assert len(logged.rows("feature_importances")) == 4
    logged.charts.clear()
    charts.plot_feature_importances(KMeans(2, n_init=1).fit(X))
    assert not logged.charts
    assert "feature_importances_" in capsys.readouterr().err


def test_calibration_is_of_two_classes_and_leaves_the_model_alone(logged: Log) -> None:
    model = LogisticRegression().fit(X, Y > 0)
    before = model.coef_.copy()
    charts.plot_calibration_curve(model, X, Y > 0, "LR")
    names = {row[0] for row in logged.rows("calibration_curve")}
    assert names == {"Perfectly calibrated", "Logistic", "LR", "LR Isotonic", "LR Sigmoid"}
    assert (model.coef_ == before).all()
    assert all(0 <= share <= 1 for share in logged.column("calibration_curve", "hist_dict")[:1])
    logged.charts.clear()
    nb = MultinomialNB().fit(X, Y > 0)
    charts.plot_classifier(
        nb, X, X, Y > 0, Y > 0, nb.predict(X), nb.predict_proba(X), ["no", "yes"]
    )
    assert "calibration_curve" not in logged.charts
    assert "feature_importances" not in logged.charts


def test_cooks_distance_is_what_leaving_a_sample_out_does(logged: Log) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 3))
    y = features @ [1, 2, 3] + rng.normal(size=30)
    features[4] *= 6
    model = LinearRegression(fit_intercept=False)
    charts.plot_outlier_candidates(model, features, y)
    whole = LinearRegression(fit_intercept=False).fit(features, y).predict(features)
    variance = ((y - whole) ** 2).sum() / (30 - 3)
    expected = []
    for left_out in range(30):
        kept = np.arange(30) != left_out
        other = LinearRegression(fit_intercept=False).fit(features[kept], y[kept])
        expected.append(((whole - other.predict(features)) ** 2).sum() / (3 * variance))
    assert np.allclose(logged.column("outlier_candidates", "distance"), expected)
    leverages = logged.column("outlier_candidates", "leverage")
    assert np.argmax(leverages) == 4
    assert np.isclose(sum(leverages), 3)
    assert not hasattr(model, "coef_")


def test_all_charts_of_a_regressor(logged: Log) -> None:
    features, y = load_diabetes(return_X_y=True)
    model = LinearRegression().fit(features[:300], y[:300])
    charts.plot_regressor(model, features[:300], features[300:], y[:300], y[300:])
    assert list(logged.charts) == [
        "summary_metrics", "learning_curve", "outlier_candidates", "residuals"
    ]  # fmt: skip
    rows = logged.rows("residuals")
    assert [sum(row[0] == part for row in rows) for part in ("train", "test")] == [240, 60]
    train = [row[2] for row in rows if row[0] == "train"]
    assert abs(sum(train)) < 1e-6  # those of a fit with an intercept sum to nothing
    scores = dict(row[:2] for row in logged.rows("summary_metrics"))
    assert scores["r2_score"] == model.score(features[300:], y[300:])


def test_all_charts_of_a_clusterer(logged: Log) -> None:
    model = KMeans(3, random_state=0, n_init=2).fit(X)
    charts.plot_clusterer(model, X, model.labels_)
    errors = logged.column("elbow_curve", "errors")
    assert errors == sorted(errors, reverse=True)
    assert logged.column("elbow_curve", "cluster_ranges") == [1, 3, 5, 7, 9]
    from sklearn.metrics import silhouette_samples

    values = silhouette_samples(X, model.labels_)
    for cluster, _, value, sample, mean in logged.rows("silhouette_plot"):
        assert (value, cluster) == (values[sample], str(model.labels_[sample]))
        assert mean == values.mean()
    charts.plot_elbow_curve(AgglomerativeClustering(), X, [1, 2])
    first, second = logged.column("elbow_curve", "errors")
    assert first == pytest.approx(((X - X.mean(0)) ** 2).sum())
    assert second < first


def test_large_data_is_thinned(logged: Log) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(9000, 2))
    y = features[:, 0] + rng.normal(size=9000)
    y[1234] = 1000.0
    charts.plot_outlier_candidates(LinearRegression(), features, y)
    assert len(logged.rows("outlier_candidates")) == 2000
    assert 1234 in logged.column("outlier_candidates", "instance_indicies")
    charts.plot_residuals(LinearRegression(), features, y)
    assert len(logged.rows("residuals")) == 3800
    charts.plot_roc(y > 0, 1 / (1 + np.exp(-features[:, 0])))
    assert len(logged.rows("roc")) <= 10_000


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("plot_")])
def test_what_cannot_be_drawn_is_a_warning(
    name: str, logged: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments: list[Any] = {
        "plot_classifier": [None] * 7, "plot_regressor": [None] * 5, "plot_clusterer": [None] * 3
    }.get(name, [])  # fmt: skip
    from gitexp.record import guard

    guard._told.clear()
    getattr(charts, name)(*arguments)
    assert not logged.charts
    assert "the training goes on" in capsys.readouterr().err


def test_charts_in_a_run(repo: Path) -> None:
    (repo / "t.py").write_text(
        textwrap.dedent(
            """
            import wandb
            from wandb.sklearn import plot_roc
            from sklearn.datasets import load_iris
            from sklearn.linear_model import LogisticRegression
            X, y = load_iris(return_X_y=True)
            model = LogisticRegression(max_iter=500).fit(X, y)
            wandb.init()
            wandb.sklearn.plot_summary_metrics(model, X, y, X, y)
            plot_roc(y, model.predict_proba(X), ["a", "b", "c"])
            """
        )
    )
    gitexp("record", "--wandb", "--name", "r", sys.executable, "t.py", cwd=repo)
    (run,) = runs_of(repo)
    assert run["summary"]["accuracy_score"] > 0.9
    lines = git(repo, "show", "refs/experiments/r:metrics.jsonl").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["_step"] for row in rows] == [0, 1]
    assert rows[0]["summary_metrics"]["kind"] == "bar"
    assert rows[1]["roc_table"]["title"] == "ROC Curve"


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import gitexp.sklearn, sys; assert 'sklearn' not in sys.modules, 'imported'"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
