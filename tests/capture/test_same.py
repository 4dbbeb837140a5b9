"""One number under two libraries' names is one metric, and equal numbers by chance are two."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest
from support.cli import gitexp, runs_of

from gitexp.capture.inside import same


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_owner", "_latest", "_twin", "_alone", "_held", "_mine"):
        monkeypatch.setattr(same, name, {})


def given(*calls: tuple[str, str, float]) -> list[tuple[str, str, float]]:
    return [call for call in calls if same.is_new(*call)]


def test_the_same_number_under_another_name_is_dropped() -> None:
    calls = [
        call
        for loss in (0.51234, 0.41234, 0.31234)
        for call in (("tensorboard", "Loss/train", loss), ("mlflow", "train_loss", loss))
    ]
    assert given(*calls) == [call for call in calls if call[0] == "tensorboard"]


def test_one_name_belongs_to_the_library_that_had_it_first() -> None:
    assert given(("wandb", "loss", 0.5), ("tensorboard", "loss", 0.6)) == [("wandb", "loss", 0.5)]


def test_other_phases_and_other_quantities_are_other_metrics() -> None:
    calls = [
        ("tensorboard", "train/loss", 0.0),
        ("mlflow", "val_loss", 0.0),
        ("mlflow", "epoch", 0.0),
        ("mlflow", "accuracy", 0.0),
    ]
    assert given(*calls) == calls


def test_a_module_that_is_being_imported_has_no_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "gitexp.record.api", ModuleType("gitexp.record.api"))
    assert same.own_run() is None


def test_one_telling_number_is_one_metric_whatever_its_names() -> None:
    calls = [
        call
        for value in (0.412345, 0.312345)
        for call in (("ignite", "train_nll", value), ("tensorboard", "training/avg_loss", value))
    ]
    assert given(*calls) == [call for call in calls if call[0] == "ignite"]


def test_the_value_of_a_trial_stands_beside_the_score_that_it_is() -> None:
    calls = [("sklearn", "val_accuracy", 0.912345), ("optuna", "value", 0.912345)]
    assert given(*calls) == calls


def test_what_was_equal_once_by_chance_goes_on() -> None:
    calls = [
        ("tensorboard", "loss", 1.0),
        ("mlflow", "mean_loss", 1.0),
        ("tensorboard", "loss", 0.5),
        ("mlflow", "mean_loss", 0.75),
        ("tensorboard", "loss", 0.25),
        ("mlflow", "mean_loss", 0.5),
    ]
    assert given(*calls) == [call for call in calls if call != ("mlflow", "mean_loss", 1.0)]


def test_numbers_that_are_none_are_metrics_as_well() -> None:
    calls = [("tensorboard", "loss", float("nan")), ("mlflow", "train_loss", float("nan"))]
    assert given(*calls) == calls


def test_what_the_script_says_in_its_summary_is_not_said_twice(repo: Path) -> None:
    (repo / "t.py").write_text(
        "import gitexp\n"
        "from sklearn.metrics import max_error, mean_absolute_error\n"
        "run = gitexp.init()\n"
        "run.log({'loss': 0.5})\n"
        "max_error([1.0, 2.0], [1.125, 2.0])\n"
        "run.summary['test.mae'] = mean_absolute_error([1.0, 2.0], [1.1234567, 2.0])\n"
    )
    gitexp("record", "-q", "--", sys.executable, "t.py", cwd=repo)
    (run,) = runs_of(repo)
    assert run["summary"] == {"test.mae": pytest.approx(0.06172835)}
    assert set(run["metrics"]) == {"loss", "max_error"}
