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
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import MultinomialNB
from sklearn.svm import SVC

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
    assert scores["accuracy_score"] == round(model.score(X[1::2], Y[1::2]), 2)
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
    charts.plot_confusion_matrix(["x", "x", "x", "y"], ["x", "y", "y", "y"], normalize=True)
    assert logged.rows("confusion_matrix")[:2] == [["x", "x", 0.33], ["y", "x", 0.67]]


@pytest.mark.parametrize(
    ("classes", "labels", "names"),
    [
        ([2, 5], None, [2, 5]),
        ([0, 1], ["cat", "dog"], ["cat", "dog"]),
        ([1, 2], np.array(["cat", "dog", "owl"]), ["dog", "owl"]),
        (["dog", "owl"], ["owl", "dog"], ["dog", "owl"]),  # known by themselves
        (["d", "o"], ["dog", "owl"], ["dog", "owl"]),  # in their order
        ([True, False], ["no", "yes"], ["no", "yes"]),
    ],
)
def test_classes_are_called_as_the_script_says(
    logged: Log, classes: list[Any], labels: Any, names: list[Any]
) -> None:
    charts.plot_confusion_matrix(classes, classes, labels)
    assert list(dict.fromkeys(logged.column("confusion_matrix", "Predicted"))) == names


def test_importances_of_linear_models_and_of_models_without(
    logged: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    charts.plot_feature_importances(LogisticRegression(max_iter=500).fit(X, Y))
    assert len(logged.rows("feature_importances")) == 4
    charts.plot_feature_importances(SVC().fit(X, Y))
    assert logged.charts == {"feature_importances": None}  # a step of its own all the same
    assert "feature_importances_" in capsys.readouterr().err


def test_calibration_is_of_two_classes_and_leaves_the_model_alone(logged: Log) -> None:
    model = LogisticRegression().fit(X, Y > 0)
    before = model.coef_.copy()
    charts.plot_calibration_curve(model, X, Y > 0, "LR")
    names = {row[0] for row in logged.rows("calibration_curve")}
    assert names == {"Perfectly calibrated", "Logistic", "LR Isotonic", "LR Sigmoid"}
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
    model = LinearRegression(fit_intercept=False).fit(features[:9], y[:9])
    before = model.coef_.copy()
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
    assert (model.coef_ == before).all()


def test_all_charts_of_a_regressor(logged: Log) -> None:
    features, y = load_diabetes(return_X_y=True)
    model = LinearRegression().fit(features[:300], y[:300])
    charts.plot_regressor(model, features[:300], features[300:], y[:300], y[300:])
    assert list(logged.charts) == [
        "summary_metrics", "learning_curve", "outlier_candidates", "residuals"
    ]  # fmt: skip
    rows = logged.rows("residuals")
    assert [sum(row[0] == part for row in rows) for part in ("train", "test")] == [101, 60]
    scores = dict(row[:2] for row in logged.rows("summary_metrics"))
    assert scores["r2_score"] == round(model.score(features[300:], y[300:]), 2)


def test_what_is_drawn_at_random_follows_the_seed_of_the_script(logged: Log) -> None:
    features, y = load_diabetes(return_X_y=True)
    model = RandomForestRegressor(2, random_state=0).fit(features, y)
    before = model.predict(features)
    np.random.seed(3)
    charts.plot_residuals(model, features, y)
    left = np.random.rand()
    np.random.seed(3)
    train, test, y_train, y_test = train_test_split(features, y, test_size=0.2)
    assert left == np.random.rand()
    other = RandomForestRegressor(2, random_state=0).fit(train, y_train)
    for part, here, true in (("train", train, y_train), ("test", test, y_test)):
        rows = [row for row in logged.rows("residuals") if row[0] == part]
        off = other.predict(here) - true
        assert [row[2] for row in rows] == off[: len(rows)].tolist()
    assert (model.predict(features) == before).all()  # it is not changed


def test_what_a_chart_is_not_of_is_refused(
    logged: Log, capsys: pytest.CaptureFixture[str]
) -> None:
    features, y = load_diabetes(return_X_y=True)
    charts.plot_residuals(LinearRegression(), features, y)
    charts.plot_outlier_candidates(LinearRegression(), features, y)
    charts.plot_summary_metrics(LogisticRegression(), X, Y, X, Y)
    charts.plot_feature_importances(LogisticRegression())
    charts.plot_residuals(LogisticRegression(max_iter=500).fit(X, Y), X, Y)
    charts.plot_summary_metrics(KMeans(2, n_init=1).fit(X), X, Y, X, Y)
    charts.plot_calibration_curve(LogisticRegression(max_iter=500).fit(X, Y), X, Y)
    charts.plot_calibration_curve(LogisticRegression().fit(X, Y > 0), X, (Y > 0).astype(str))
    assert not logged.charts
    assert "is not fitted yet" in capsys.readouterr().err


def test_all_charts_of_a_clusterer(logged: Log) -> None:
    model = KMeans(3, random_state=0, n_init=2).fit(X)
    charts.plot_clusterer(model, X, model.labels_)
    errors = logged.column("elbow_curve", "errors")
    assert errors == sorted(errors, reverse=True)
    assert logged.column("elbow_curve", "cluster_ranges") == [1, 3, 5, 7, 9]
    from sklearn.metrics import silhouette_samples

    values = silhouette_samples(X, model.labels_)
    rows = logged.rows("silhouette_plot")
    assert len(rows) == len(X)
    for at, (x, y, color, center, _, _, zero, _, _, mean) in enumerate(rows):
        assert (x, y, color, zero) == (*X[at, :2], model.labels_[at], 0)
        assert center == model.cluster_centers_[color, 0]
        assert mean == values.mean()
    for cluster in range(3):
        bars = [row[7] for row in rows if row[8] == cluster]
        assert bars == sorted(values[model.labels_ == cluster])
    heights = logged.column("silhouette_plot", "y_sil")
    assert heights == sorted(set(heights))
    charts.plot_elbow_curve(AgglomerativeClustering(), X, [1, 2])
    first, second = logged.column("elbow_curve", "errors")
    assert first == pytest.approx(((X - X.mean(0)) ** 2).sum())
    assert second < first


def test_clusters_of_other_kinds(logged: Log) -> None:
    noisy = np.where(np.arange(150) % 5 == 0, -1, Y)
    charts.plot_clusterer(AgglomerativeClustering(3).fit(X), X, noisy)
    assert list(logged.charts) == ["silhouette_plot"]
    assert len(logged.rows("silhouette_plot")) == 120  # no sample that is in no cluster
    assert set(logged.column("silhouette_plot", "centerx")) == {None}
    named = np.array(["b", "a", "c"])[Y]
    charts.plot_silhouette(KMeans(3, n_init=1, random_state=0).fit(X), X, named)
    assert logged.column("silhouette_plot", "color_sil")[::50] == ["a", "b", "c"]
    assert logged.column("silhouette_plot", "colors")[0] == "b"


def test_large_data_is_thinned(logged: Log) -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(9000, 2))
    y = features[:, 0] + rng.normal(size=9000)
    y[1234] = 1000.0
    model = LinearRegression().fit(features, y)
    charts.plot_outlier_candidates(model, features, y)
    assert len(logged.rows("outlier_candidates")) == 1001
    assert 1234 in logged.column("outlier_candidates", "instance_indicies")
    charts.plot_residuals(model, features, y)
    assert len(logged.rows("residuals")) == 202
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
            from wandb.sklearn import *
            from sklearn.datasets import load_iris
            from sklearn.linear_model import LogisticRegression, Ridge
            X, y = load_iris(return_X_y=True)
            model = LogisticRegression(max_iter=500).fit(X, y)
            wandb.init()
            wandb.sklearn.plot_summary_metrics(model, X, y, X, y)
            plot_roc(y, model.predict_proba(X), ["a", "b", "c"])
            wandb.sklearn.plot_residuals(Ridge().fit(X, y), X, y)
            """
        )
    )
    gitexp("record", "--wandb", "--name", "r", sys.executable, "t.py", cwd=repo)
    (run,) = runs_of(repo)
    assert run["status"] == "finished"
    # The scores that a chart computes are its own, no metrics of the run.
    assert not run["metrics"]
    lines = git(repo, "show", "refs/experiments/r:metrics.jsonl").splitlines()
    rows = [json.loads(line) for line in lines]
    assert [row["_step"] for row in rows] == [0, 1, 2]
    assert rows[0]["summary_metrics"]["kind"] == "bar"
    assert rows[1]["roc_table"]["title"] == "ROC Curve"
    assert rows[2]["residuals"]["kind"] == "scatter"


def test_importing_it_imports_nothing_heavy() -> None:
    code = "import gitexp.sklearn, sys; assert 'sklearn' not in sys.modules, 'imported'"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
