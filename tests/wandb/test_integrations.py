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
    (chart,) = (
        row["Feature Importance_table"] for row in rows if "Feature Importance_table" in row
    )
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
    assert [row["_step"] for row in rows if {"last", "Feature Importance_table"} & set(row)] == [
        4,
        4,
    ]


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
    run, rows = recorded(
        repo,
        """
        import numpy as np
        import wandb
        wandb.init(sync_tensorboard=True)
        from torch.utils.tensorboard import SummaryWriter
        writer = SummaryWriter("logs")
        for n in range(3):
            writer.add_text("t", "hello", n + 9)
            writer.add_scalar("loss", 1 / (n + 1), n)
            writer.add_scalar("count", n, n)
        writer.add_image("img", np.zeros((3, 4, 5)), 2)
        writer.add_histogram("h", np.arange(9), 2)
        writer.add_histogram("wide", np.arange(9000) - 4500.5, 2, bins=900)
        writer.add_scalars("acc", {"a": 0.1}, 5)
        writer.add_hparams({"lr": 0.1, "opt": "adam"}, {})
        """,
    )
    assert run["config"] == {"lr": 0.1, "opt": "adam"}
    rows = [{k: v for k, v in row.items() if k != "_time"} for row in rows]
    assert rows[:2] == [
        {"_step": 0, "loss": 1, "count": 0, "global_step": 0},
        {"_step": 1, "loss": 0.5, "count": 1, "global_step": 1},
    ]
    assert rows[2]["loss"] == 0.33333334  # what a float32 is
    assert (rows[2]["img"]["count"], rows[2]["img"]["items"][0]["width"]) == (1, 5)
    assert (sum(rows[2]["h"]["values"]), rows[2]["h"]["bins"][0]) == (9, 0)
    wide = rows[2]["wide"]
    assert (len(wide["values"]), len(wide["bins"])) == (512, 513)
    assert (sum(wide["values"]), wide["bins"][0]) == (pytest.approx(9000), -4500.5)
    assert rows[3:] == [{"_step": 3, "acc_a/acc": 0.1, "global_step": 5}]


def test_writers_of_several_folders_are_told_apart(repo: Path) -> None:
    pytest.importorskip("tensorboard")
    _, rows = recorded(
        repo,
        """
        import wandb
        wandb.init(sync_tensorboard=True)
        from torch.utils.tensorboard import SummaryWriter
        train, test = SummaryWriter("logs/train"), SummaryWriter("logs/test")
        train.add_scalar("loss", 2, 0)
        test.add_scalar("loss", 3)
        train.add_scalar("loss", 1, 1)
        """,
    )
    assert [{k: v for k, v in row.items() if k[0] != "_"} for row in rows] == [
        {"train/loss": 2, "global_step": 0},
        {"train/loss": 1, "global_step": 1},
        {"test/loss": 3, "global_step": 0},
    ]


def test_fabric(repo: Path) -> None:
    pytest.importorskip("lightning")
    run, rows = recorded(
        repo,
        """
        import lightning, torch
        from wandb.integration.lightning.fabric import WandbLogger
        logger = WandbLogger(config={"layers": 1})
        logger.log_hyperparams({"lr": 0.1})
        fabric = lightning.Fabric(accelerator="cpu", loggers=[logger])
        model, optimizer = fabric.setup(
            model := torch.nn.Linear(2, 1), torch.optim.SGD(model.parameters(), 0.1)
        )
        for step in range(2):
            fabric.backward(model(torch.ones(1, 2)).sum())
            optimizer.step()
            fabric.log_dict({"loss": step}, step=step * 10)
        fabric.log("last", 1)
        logger.experiment.finish()
        """,
    )
    assert run["config"] == {"layers": 1, "lr": 0.1}
    assert run["capture"]["wandb"]["project"] == "lightning_fabric_logs"
    assert [{k: v for k, v in row.items() if k[0] != "_"} for row in rows] == [
        {"loss": 0, "trainer/global_step": 0},
        {"loss": 1, "trainer/global_step": 10},
        {"last": 1, "trainer/global_step": 10},
    ]


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


def test_lightnings_logger(repo: Path) -> None:
    run, rows = recorded(
        repo,
        """
        import warnings; warnings.simplefilter("ignore")
        import lightning, torch
        from lightning.pytorch.loggers import WandbLogger
        from torch.utils.data import DataLoader, TensorDataset
        class Model(lightning.LightningModule):
            def __init__(self, lr=0.1):
                super().__init__()
                self.save_hyperparameters()
                self.layer = torch.nn.Linear(4, 1)
            def training_step(self, batch, at):
                loss = ((self.layer(batch[0]) - batch[1]) ** 2).mean()
                self.log("train_loss", loss)
                return loss
            def validation_step(self, batch, at):
                self.log("val_loss", ((self.layer(batch[0]) - batch[1]) ** 2).mean())
            def configure_optimizers(self):
                return torch.optim.SGD(self.parameters(), lr=self.hparams.lr)
        data = DataLoader(TensorDataset(torch.randn(32, 4), torch.randn(32, 1)), batch_size=8)
        logger = WandbLogger(project="p")
        logger.log_image("img", [torch.rand(3, 4, 4)])
        lightning.Trainer(max_epochs=2, logger=logger, log_every_n_steps=2,
                          enable_progress_bar=False, enable_model_summary=False,
                          accelerator="cpu").fit(Model(), data, data)
        """,
    )
    counts = {key: metric["count"] for key, metric in run["metrics"].items()}
    # The picture came before any step: its row has step 0.
    assert counts == {"train_loss": 4, "epoch": 6, "trainer/global_step": 7, "val_loss": 2}
    assert run["config"]["lr"] == 0.1
    assert any("img" in row for row in rows)


def test_the_callback_of_transformers(repo: Path) -> None:
    run, _ = recorded(
        repo,
        """
        import torch
        from transformers import BertConfig, BertForSequenceClassification
        from transformers import Trainer, TrainingArguments
        row = {"input_ids": torch.tensor([1, 2]), "attention_mask": torch.ones(2).long()}
        data = [{**row, "labels": torch.tensor(n % 2)} for n in range(8)]
        model = BertForSequenceClassification(BertConfig(
            vocab_size=10, hidden_size=8, num_hidden_layers=1, num_attention_heads=1,
            intermediate_size=8))
        arguments = TrainingArguments(
            "out", report_to="wandb", run_name="mine", max_steps=4, logging_steps=2,
            per_device_train_batch_size=4, save_strategy="no", use_cpu=True, disable_tqdm=True)
        Trainer(model, arguments, train_dataset=data, eval_dataset=data).train()
        """,
    )
    metrics = run["metrics"]
    assert metrics["train/loss"]["count"] == 2
    assert metrics["train/global_step"]["last"] == 4
    assert all(key.startswith("train/") for key in metrics)
    assert run["config"]["hidden_size"] == 8


def test_the_tracker_of_accelerate(repo: Path) -> None:
    run, rows = recorded(
        repo,
        """
        import numpy as np
        from accelerate import Accelerator
        accelerator = Accelerator(log_with="wandb", cpu=True)
        accelerator.init_trackers("p", config={"lr": 0.1}, init_kwargs={"wandb": {"tags": ["x"]}})
        for n in range(4):
            accelerator.log({"loss": 1 / (n + 1)}, step=n)
        tracker = accelerator.get_tracker("wandb")
        tracker.log_images({"im": [np.zeros((4, 4, 3), dtype="uint8")]}, step=4)
        tracker.log_table("table", columns=["a"], data=[[1]])
        accelerator.end_training()
        """,
    )
    assert {key: metric["count"] for key, metric in run["metrics"].items()} == {"loss": 4}
    assert run["tags"] == ["x"]
    assert run["config"] == {"lr": 0.1}
    assert {"im", "table"} <= {key for row in rows for key in row}


def test_sacred_by_what_it_tells_its_observers(repo: Path) -> None:
    (repo / "sacred").mkdir()
    (repo / "sacred" / "__init__.py").write_text("")
    (repo / "sacred" / "observers.py").write_text("class RunObserver: pass\n")
    run, rows = recorded(
        repo,
        """
import numpy as np
from wandb.sacred import WandbObserver
observer = WandbObserver(project="p", config={"own": 1})
observer.started_event({}, "run", {}, None, {"c": 1.0, "sub": {"gamma": 0.7}}, {}, "1")
observer.log_metrics({"loss": {"steps": [0, 1], "values": [2.0, 1.0]}}, {})
observer.artifact_event("script", "t.py")
observer.resource_event("t.py")
observer.completed_event(None, (0.5, {"acc": 0.9}, np.zeros((4, 4))))
""",
    )
    assert run["config"] == {"own": 1, "c": 1.0, "sub": {"gamma": 0.7}, "resources": []}
    last = {name: metric["last"] for name, metric in run["metrics"].items()}
    assert last == {"loss": 1.0, "result_0": 0.5, "acc": 0.9}
    assert [row["loss"] for row in rows if "loss" in row] == [2.0, 1.0]
    assert [row["result_2"]["_type"] for row in rows if "result_2" in row] == ["image"]
    assert [artifact["name"] for artifact in run["artifacts"]] == ["script"]


def test_names_where_wandb_has_them(repo: Path) -> None:
    code = """
from wandb.integration.lightning.fabric.logger import WandbLogger
from wandb.integration.xgboost.xgboost import WandbCallback
import wandb.integration.keras.callbacks.metrics_logger, wandb.integration.sb3.sb3
from wandb.integration.xgboost import WandbCallback as same
assert WandbCallback is same
wandb.init().log({"reached": 1})
"""
    run, rows = recorded(repo, code)
    assert (run["status"], rows[-1]["reached"]) == ("finished", 1)
