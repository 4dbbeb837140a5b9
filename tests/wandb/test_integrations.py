"""wandb's callbacks for libraries, in real trainings, each number once."""

from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, runs_of
from support.git import git

DATA = """
import numpy as np
rng = np.random.default_rng(0)
X = rng.normal(size=(80, 3))
y = (X[:, 0] > 0).astype(int)
"""


def recorded(repo: Path, code: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The run of a script under `gitexp record --wandb`, and its rows."""
    (repo / "t.py").write_text(textwrap.dedent(code))
    gitexp("record", "--wandb", "--name", "r", sys.executable, "t.py", cwd=repo)
    run = next(run for run in runs_of(repo) if run["name"] == "r")
    lines = git(repo, "show", "refs/experiments/r:metrics.jsonl").splitlines()
    return run, [json.loads(line) for line in lines]


def test_xgboost(repo: Path) -> None:
    run, rows = recorded(
        repo,
        DATA
        + """
import wandb
from wandb.integration.xgboost import WandbCallback
assert wandb.xgboost.WandbCallback is WandbCallback
from xgboost import XGBClassifier
with wandb.init(project="p"):
    model = XGBClassifier(n_estimators=3, eval_metric=["logloss", "auc"],
                          early_stopping_rounds=2, callbacks=[WandbCallback(log_model=True)])
    model.fit(X, y, eval_set=[(X, y)], verbose=False)
""",
    )
    metrics = run["metrics"]
    assert set(metrics) == {
        "validation_0-logloss", "validation_0-auc", "epoch", "best_score", "best_iteration"
    }  # fmt: skip
    assert metrics["epoch"]["count"] == 3
    assert set(run["summary"]["validation_0-logloss"]) == {"min"}
    assert set(run["summary"]["validation_0-auc"]) == {"max"}
    assert run["config"]["learner"]["gradient_booster"]["name"] == "gbtree"
    (chart,) = (row["Feature Importance"] for row in rows if "Feature Importance" in row)
    assert (chart["kind"], chart["columns"]) == ("bar", ["Feature", "Importance"])


def test_lightgbm(repo: Path) -> None:
    run, rows = recorded(
        repo,
        DATA
        + """
import lightgbm as lgb
import wandb
from wandb.lightgbm import log_summary, wandb_callback
wandb.init(project="p")
train = lgb.Dataset(X, y)
params = {"objective": "binary", "metric": ["auc"], "verbosity": -1, "num_leaves": 4}
booster = lgb.train(params, train, 4, valid_sets=[train], valid_names=["v"],
                    callbacks=[wandb_callback()])
log_summary(booster, save_model_checkpoint=True)
wandb.log({"last": 1})
""",
    )
    assert set(run["metrics"]) == {"v_auc", "iteration", "last"}
    assert run["metrics"]["v_auc"]["count"] == 4
    assert run["config"]["num_leaves"] == 4
    assert set(run["summary"]["v_auc"]) == {"max"}
    assert {"best_iteration", "best_score.v.auc"} <= set(run["summary"])
    # log_summary() leaves its row open.
    assert [row["_step"] for row in rows if {"last", "Feature Importance"} & set(row)] == [4, 4]


def test_tensorboard_and_stable_baselines(repo: Path) -> None:
    pytest.importorskip("tensorboard")
    run, rows = recorded(
        repo,
        """
        import wandb
        from stable_baselines3 import PPO
        from wandb.integration.sb3 import WandbCallback
        run = wandb.init(project="p", sync_tensorboard=True, config={"env": "CartPole-v1"})
        model = PPO("MlpPolicy", "CartPole-v1", n_steps=64, batch_size=32, n_epochs=1, seed=0,
                    tensorboard_log=f"runs/{run.id}", device="cpu")
        model.learn(192, callback=WandbCallback(model_save_path=f"models/{run.id}", verbose=2))
        run.finish()
        """,
    )
    steps = [row["global_step"] for row in rows if "global_step" in row]
    assert steps == sorted(set(steps))
    assert run["metrics"]["train/loss"]["count"] == 2
    assert run["config"]["algo"] == "PPO"
    assert run["config"]["n_steps"] == 64
    assert run["config"]["env"] == "CartPole-v1"  # what the script has set stays
    git(repo, "cat-file", "-e", "refs/experiments/r:media/files/model.zip")


def test_torch_writers(repo: Path) -> None:
    pytest.importorskip("tensorboard")
    _, rows = recorded(
        repo,
        """
        import numpy as np
        import wandb
        wandb.init(sync_tensorboard=True)
        from torch.utils.tensorboard import SummaryWriter
        writer = SummaryWriter("logs")
        for n in range(3):
            writer.add_scalar("loss", 1 / (n + 1), n)
            writer.add_scalars("acc", {"a": n, "b": -n}, n)
        writer.add_image("img", np.zeros((3, 4, 5)), 2)
        writer.add_histogram("h", np.arange(9), 2)
        writer.add_text("t", "hello", 2)
        """,
    )
    rows = [{k: v for k, v in row.items() if k != "_time"} for row in rows]
    assert rows[0] == {"_step": 0, "loss": 1.0, "acc/a": 0, "acc/b": 0, "global_step": 0}
    assert len(rows) == 3
    assert (rows[2]["img"]["width"], rows[2]["h"]["_type"], rows[2]["t"]) == (
        5, "histogram", "hello"
    )  # fmt: skip


def test_keras(repo: Path) -> None:
    run, rows = recorded(
        repo,
        DATA
        + """
import os
os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
import wandb
from wandb.integration.keras import WandbEvalCallback, WandbMetricsLogger, WandbModelCheckpoint
class Eval(WandbEvalCallback):
    def add_ground_truth(self, logs=None):
        for n in range(2):
            self.data_table.add_data(n, int(y[n]))
    def add_model_predictions(self, epoch, logs=None):
        for n in self.data_table_ref.get_index():
            self.pred_table.add_data(epoch, n)
wandb.init(project="p")
model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1, activation="sigmoid")])
model.compile(keras.optimizers.SGD(0.25), "binary_crossentropy", metrics=["accuracy"])
model.fit(X, y, epochs=2, batch_size=40, validation_data=(X, y), verbose=0, callbacks=[
    WandbMetricsLogger(log_freq=1), Eval(["idx", "label"], ["epoch", "idx"]),
    WandbModelCheckpoint("m-{epoch}.keras", monitor="val_loss")])
""",
    )
    metrics = run["metrics"]
    assert metrics["epoch/val_accuracy"]["count"] == 2
    assert metrics["batch/batch_step"]["last"] == 3
    assert metrics["batch/learning_rate"]["last"] == 0.25
    assert not {"loss", "val_loss"} & set(metrics)
    tables = [row["eval_data"]["nrows"] for row in rows if "eval_data" in row]
    assert tables == [2, 2]


@pytest.mark.parametrize("library", ["keras", "xgboost", "catboost", "sb3"])
def test_a_missing_library_is_named_when_it_is_used(tmp_path: Path, library: str) -> None:
    from gitexp.wandb.integration import LIBRARIES

    name = LIBRARIES[library]
    code = f"""
import sys
sys.modules["{name}"] = None
import gitexp as wandb
class Mine(wandb.{library}.WandbCallback):
    pass
try:
    Mine()
except ImportError as error:
    print(error, error.hint)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == f"wandb's WandbCallback needs {name} pip install {name}", done
