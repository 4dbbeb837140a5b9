"""Libraries as they are: what a script gives them is the run's, and what they do stays as it is.

Each test runs a script under `gitexp record` with the library itself; those that are not part of
the development install are skipped where they are missing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from support.cli import gitexp, runs_of
from support.git import git
from support.libraries import is_installed

LOSS = {"loss": [[0, 1.0], [1, 0.5], [2, 0.25]]}
ACC = [[0, 0.0], [1, 0.25], [2, 0.5]]

MLFLOW = """
import os
os.environ["MLFLOW_ALLOW_FILE_STORE"] = "true"
import mlflow
mlflow.set_tracking_uri("file:store")
with mlflow.start_run():
    mlflow.log_param("lr", 0.1)
    mlflow.log_params({"epochs": 3, "name": "x"})
    for i in range(3):
        mlflow.log_metric("loss", 0.5**i, step=i)
        mlflow.log_metrics({"acc": i / 4}, step=i)
"""
TRACKIO = """
import os
os.environ["TRACKIO_DIR"] = "store"
import trackio
trackio.init(project="p", config={"lr": 0.1, "model": {"depth": 2}})
for i in range(3):
    trackio.log({"loss": 0.5**i, "val": {"acc": i / 4}})
trackio.finish()
"""
AIM = """
from aim import Run
run = Run(repo="store", system_tracking_interval=None, capture_terminal_logs=False)
run["hparams"] = {"lr": 0.1, "epochs": 3}
for i in range(3):
    run.track(0.5**i, name="loss", step=i, context={"subset": "train"})
    run.track({"acc": i / 4}, step=i)
run.close()
"""
COMET = """
import comet_ml
experiment = comet_ml.OfflineExperiment(
    project_name="p", workspace="w", offline_directory="store", log_code=False,
    auto_output_logging=False, log_env_details=False)
experiment.log_parameters({"lr": 0.1, "epochs": 3})
for i in range(3):
    experiment.log_metric("loss", 0.5**i, step=i)
    experiment.log_metrics({"acc": i / 4}, step=i, prefix="val")
experiment.end()
"""
NEPTUNE = """
import neptune
run = neptune.init_run(
    mode="offline", project="a/b", capture_hardware_metrics=False, capture_stdout=False,
    capture_stderr=False, source_files=[])
run["parameters"] = {"lr": 0.1, "epochs": 3}
for i in range(3):
    run["train/loss"].append(0.5**i, step=i)
run["best"] = 0.75
run.stop()
"""
SWANLAB = """
import swanlab
swanlab.init(project="p", config={"lr": 0.1, "epochs": 3}, mode="disabled")
for i in range(3):
    swanlab.log({"loss": 0.5**i, "val/acc": i / 4}, step=i)
swanlab.finish()
"""
WANDB = """
import wandb
wandb.init(project="p", config={"lr": 0.1, "model": {"depth": 2}}, mode="offline")
wandb.config.update({"epochs": 3})
for i in range(3):
    wandb.log({"loss": 0.5**i})
wandb.finish()
"""
KERAS = """
import os
os.environ["KERAS_BACKEND"] = "torch"
import keras, numpy as np
model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="zeros")])
model.compile(optimizer=keras.optimizers.SGD(0.0), loss="mse")
model.fit(np.ones((4, 1)), np.ones((4, 1)), epochs=2, batch_size=2, verbose=0)
model.save("m.keras")
model.save_weights("m.weights.h5")
"""
SB3 = """
from stable_baselines3 import PPO
model = PPO("MlpPolicy", "CartPole-v1", n_steps=32, batch_size=16, n_epochs=1, seed=0)
model.learn(64)
model.save("policy")
"""
IGNITE = """
import torch
from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
from ignite.metrics import MeanSquaredError
model = torch.nn.Linear(1, 1)
torch.nn.init.zeros_(model.weight); torch.nn.init.zeros_(model.bias)
optimizer = torch.optim.SGD(model.parameters(), 0.0)
train_loader = [(torch.ones(2, 1), torch.ones(2, 1))]
val_loader = [(torch.ones(2, 1), 2 * torch.ones(2, 1))]
trainer = create_supervised_trainer(model, optimizer, torch.nn.functional.mse_loss)
evaluator = create_supervised_evaluator(model, metrics={"mse": MeanSquaredError()})
@trainer.on(Events.EPOCH_COMPLETED)
def evaluate(engine):
    for loader in (train_loader, val_loader):
        evaluator.run(loader)
trainer.run(train_loader, max_epochs=2)
"""
FASTAI = """
import torch
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
data = [(torch.ones(1), torch.ones(1))] * 4
loaders = DataLoaders(DataLoader(data, bs=2), DataLoader(data, bs=2))
model = torch.nn.Linear(1, 1)
torch.nn.init.zeros_(model.weight); torch.nn.init.zeros_(model.bias)
Learner(loaders, model, loss_func=torch.nn.MSELoss()).fit(2, 0.0)
"""

SETTINGS = {"lr": 0.1, "epochs": 3}
NESTED = {"lr": 0.1, "model": {"depth": 2}}
CASES: dict[str, tuple[str, str, dict[str, Any], dict[str, Any]]] = {
    "mlflow": (
        MLFLOW,
        "mlflow",
        {**SETTINGS, "name": "x"},
        {**LOSS, "acc": ACC},
    ),
    "trackio": (TRACKIO, "trackio", NESTED, {**LOSS, "val.acc": ACC}),
    "aim": (
        AIM,
        "aim",
        SETTINGS,
        {"train/loss": LOSS["loss"], "acc": ACC},
    ),
    "comet": (COMET, "comet_ml", SETTINGS, {**LOSS, "val_acc": ACC}),
    "neptune": (NEPTUNE, "neptune", SETTINGS, {"train/loss": LOSS["loss"]}),
    "swanlab": (
        SWANLAB,
        "swanlab",
        SETTINGS,
        {**LOSS, "val/acc": ACC},
    ),
    "wandb": (WANDB, "wandb", {**NESTED, "epochs": 3}, LOSS),
    "fastai": (
        FASTAI,
        "fastai",
        {},
        {"train_loss": [[0, 1.0], [1, 1.0]], "valid_loss": [[0, 1.0], [1, 1.0]]},
    ),
    "ignite": (
        IGNITE,
        "ignite",
        {},
        {"train_mse": [[1, 1.0], [2, 1.0]], "val_mse": [[1, 4.0], [2, 4.0]]},
    ),
}


def record(top: Path, source: str) -> tuple[dict[str, Any], dict[str, list[list[float]]]]:
    (top / ".gitignore").write_text("*\n")
    (top / "script.py").write_text(source)
    command = (sys.executable, "-W", "ignore", "script.py")
    gitexp("record", "-q", "-n", "x", "--no-wandb", "--", *command, cwd=top)
    (run,) = runs_of(top)
    series: dict[str, list[list[float]]] = {}
    for line in git(top, "show", "refs/experiments/x:metrics.jsonl").splitlines():
        row = json.loads(line)
        for key in row.keys() - {"_step", "_time"}:
            series.setdefault(key, []).append([row["_step"], round(row[key], 5)])
    return run, series


@pytest.mark.parametrize("name", CASES)
def test_what_a_library_is_given_is_the_runs(repo: Path, name: str) -> None:
    source, library, config, metrics = CASES[name]
    _need(library)
    run, series = record(repo, source)
    assert run["config"] == config
    assert series == metrics
    assert set(run["capture"]["metrics"].values()) == {name}
    assert run["warnings"] == []


def test_neptunes_single_values_are_results(repo: Path) -> None:
    _need("neptune")
    run, _ = record(repo, NEPTUNE)
    assert run["summary"] == {"best": 0.75}


def test_keras(repo: Path) -> None:
    _need("keras")
    run, series = record(repo, KERAS)
    assert series == {"loss": [[0, 1.0], [1, 1.0]]}
    assert run["config"]["epochs"] == 2
    assert run["config"]["optimizer"]["learning_rate"] == 0.0
    assert [entry["label"] for entry in run["checkpoints"]] == ["m", "m.weights"]
    assert run["warnings"] == []


def test_stable_baselines(repo: Path) -> None:
    _need("stable_baselines3")
    run, series = record(repo, SB3)
    assert [step for step, _ in series["rollout/ep_rew_mean"]] == [32, 64]
    assert run["config"]["algorithm"] == "PPO"
    assert run["config"]["n_steps"] == 32
    assert [entry["label"] for entry in run["checkpoints"]] == ["policy"]


def _need(library: str) -> None:
    # Not imported here: the libraries change the process that they are imported in.
    if not is_installed(library):
        pytest.skip(f"{library} is not installed")
