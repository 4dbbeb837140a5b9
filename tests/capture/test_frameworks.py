"""Callbacks for frameworks, each in a real training."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from support.watched import histogram_lines, journal_run
from torch import nn

from gitexp.journal.fold import JournalFold
from gitexp.record import guard
from gitexp.record.active import ActiveRun
from gitexp.schema import names
from gitexp.schema.run import Run
from gitexp.schema.state import decode_state

# The frameworks' own.
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "journal"


@pytest.fixture
def run(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[ActiveRun]:
    monkeypatch.setattr(guard, "_told", set())
    monkeypatch.chdir(folder.parent)
    torch.manual_seed(0)
    with journal_run(folder) as active:
        yield active
        # Our own errors would be warnings.
        assert "gitexp:" not in capsys.readouterr().err


def folded(folder: Path) -> Run:
    fold = JournalFold(folder)
    fold.update(final=True)
    return fold.run()


def saved(folder: Path, label: str, *, arrays: bool = True) -> Any:
    """What a checkpoint of the journal holds."""
    import orjson
    from safetensors.numpy import load_file as load_arrays
    from safetensors.torch import load_file as load_tensors

    fold = JournalFold(folder)
    fold.update(final=True)
    spool = folder / "checkpoints" / fold.checkpoint_folders[label]
    skeleton = orjson.loads((spool / names.SKELETON).read_bytes())
    load = load_arrays if arrays else load_tensors
    return decode_state(skeleton, load(spool / names.STATE))


def table(rows: int = 120) -> tuple[np.ndarray, np.ndarray]:
    x = np.random.default_rng(0).normal(size=(rows, 4)).astype(np.float32)
    return x, (x[:, 0] + x[:, 1] > 0).astype(np.int64)


def test_lightning(run: ActiveRun, folder: Path) -> None:
    import lightning.pytorch as pl
    from lightning.pytorch.callbacks import ModelCheckpoint

    from gitexp.capture.lightning import GitexpLogger

    class Net(pl.LightningModule):
        def __init__(self, width: int = 8) -> None:
            super().__init__()
            self.save_hyperparameters()
            self.net = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, 2))

        def loss(self, batch: Any, name: str) -> torch.Tensor:
            x, y = batch
            loss = nn.functional.cross_entropy(self.net(x), y)
            self.log(name, loss)
            return loss

        def training_step(self, batch: Any, index: int) -> torch.Tensor:
            return self.loss(batch, "train_loss")

        def validation_step(self, batch: Any, index: int) -> None:
            self.loss(batch, "val_loss")

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return torch.optim.Adam(self.parameters(), 1e-2)

    x, y = (torch.from_numpy(part) for part in table())
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(x, y), 20)
    logger, model = GitexpLogger(), Net()
    logger.watch(model, log_freq=5)
    trainer = pl.Trainer(
        logger=logger, max_epochs=3, accelerator="cpu", log_every_n_steps=2,
        enable_progress_bar=False, enable_model_summary=False,
        callbacks=[ModelCheckpoint(folder.parent / "ckpt", monitor="val_loss", save_top_k=1)],
    )  # fmt: skip
    trainer.fit(model, loader, loader)
    run.finish()
    found = folded(folder)
    assert found.config["width"] == 8
    assert found.metrics["train_loss"].count == 9
    assert found.metrics["val_loss"].count == 3
    assert found.metrics["val_loss"].last_step == 17
    assert found.checkpoints[-1].metrics["val_loss"] == pytest.approx(
        found.metrics["val_loss"].min
    )
    state = saved(folder, found.checkpoints[-1].label, arrays=False)["state_dict"]
    assert state["net.0.weight"].shape == (8, 4)
    assert {line["_update"] for line in histogram_lines(folder)} == {0, 5, 10, 15}
    assert (logger.name, logger.version) == ("a-b-c", "1")


def test_transformers(run: ActiveRun, folder: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, Trainer, TrainingArguments

    from gitexp.capture.transformers import GitexpCallback

    config = BertConfig(
        vocab_size=20, hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, max_position_embeddings=8,
    )  # fmt: skip
    data = [{"input_ids": torch.full((6,), n % 20), "labels": n % 2} for n in range(32)]
    arguments = TrainingArguments(
        str(folder.parent / "out"), max_steps=6, per_device_train_batch_size=8, logging_steps=2,
        eval_strategy="steps", eval_steps=3, save_steps=3, report_to=[], use_cpu=True,
        learning_rate=1e-3, disable_tqdm=True,
    )  # fmt: skip
    trainer = Trainer(
        BertForSequenceClassification(config), arguments, train_dataset=data,
        eval_dataset=data[:8],
        callbacks=[GitexpCallback(checkpoints=True, watch="gradients")],
    )  # fmt: skip
    trainer.train()
    run.finish()
    found = folded(folder)
    assert found.config["learning_rate"] == 1e-3
    assert found.config["model"]["hidden_size"] == 16
    assert "output_dir" not in found.config
    assert (found.metrics["loss"].count, found.metrics["loss"].last_step) == (3, 6)
    assert found.metrics["eval_loss"].count == 2
    assert [entry.label for entry in found.checkpoints] == ["step-3", "step-6"]
    assert "eval_loss" in found.checkpoints[0].metrics
    assert histogram_lines(folder)


def test_accelerate(run: ActiveRun, folder: Path) -> None:
    from accelerate import Accelerator

    from gitexp.capture.accelerate import GitexpTracker

    accelerator = Accelerator(cpu=True, log_with=GitexpTracker())
    accelerator.init_trackers("project", config={"lr": 0.1, "skip": object()})
    model = nn.Linear(3, 1)
    model, optimizer = accelerator.prepare(model, torch.optim.SGD(model.parameters(), 0.1))
    for step in range(3):
        loss = model(torch.randn(4, 3)).square().mean()
        accelerator.backward(loss)
        optimizer.step()
        accelerator.log({"loss": loss.item()}, step=step)
    assert accelerator.get_tracker("gitexp", unwrap=True) is run
    accelerator.end_training()
    assert run.ended
    found = folded(folder)
    assert found.config == {"lr": 0.1}
    assert found.metrics["loss"].count == 3


def test_xgboost(run: ActiveRun, folder: Path) -> None:
    import xgboost as xgb

    from gitexp.capture.xgboost import GitexpCallback

    x, y = table()
    data = xgb.DMatrix(x, y)
    booster = xgb.train(
        {"max_depth": 2, "eta": 0.3, "objective": "binary:logistic", "nthread": 1}, data, 5,
        evals=[(data, "train")], verbose_eval=False, callbacks=[GitexpCallback()],
    )  # fmt: skip
    run.finish()
    found = folded(folder)
    assert found.config["max_depth"] == 2
    assert found.config["objective"] == "binary:logistic"
    assert found.config["eta"] == pytest.approx(0.3)
    assert found.metrics["train.logloss"].count == 5
    assert found.summary["importance.f0"] > 0
    again = xgb.Booster(model_file=bytearray(saved(folder, "model")["booster"]))
    assert np.array_equal(again.predict(data), booster.predict(data))


def test_xgboost_cross_validation(run: ActiveRun, folder: Path) -> None:
    import xgboost as xgb

    from gitexp.capture.xgboost import GitexpCallback

    x, y = table()
    xgb.cv({"nthread": 1}, xgb.DMatrix(x, y), 3, nfold=2, callbacks=[GitexpCallback()])
    assert folded(folder).metrics["test.rmse"].count == 3


def test_xgboost_estimator(run: ActiveRun, folder: Path) -> None:
    import xgboost as xgb

    from gitexp.capture.xgboost import GitexpCallback

    x, y = table()
    estimator = xgb.XGBClassifier(n_estimators=2, n_jobs=1, callbacks=[GitexpCallback()])
    estimator.fit(x, y, eval_set=[(x, y)], verbose=False)
    assert "validation_0.logloss" in folded(folder).metrics


def test_lightgbm(run: ActiveRun, folder: Path) -> None:
    import lightgbm as lgb

    from gitexp.capture.lightgbm import GitexpCallback

    x, y = table()
    data = lgb.Dataset(x, y)
    booster = lgb.train(
        {"objective": "binary", "metric": ["auc", "binary_logloss"], "num_leaves": 4,
         "num_threads": 1, "verbose": -1},
        data, 5, valid_sets=[data], valid_names=["train"], callbacks=[GitexpCallback()],
    )  # fmt: skip
    run.finish()
    found = folded(folder)
    assert found.config["num_leaves"] == 4
    assert found.metrics["train.auc"].count == 5
    assert (found.metrics["train.auc"].goal, found.metrics["train.binary_logloss"].goal) == (
        "higher", "lower"
    )  # fmt: skip
    again = lgb.Booster(model_str=bytes(saved(folder, "model")["booster"]).decode())
    assert np.array_equal(again.predict(x), booster.predict(x))


def test_skorch(run: ActiveRun, folder: Path) -> None:
    from skorch import NeuralNetClassifier

    from gitexp.capture.skorch import GitexpCallback

    x, y = table()
    net = NeuralNetClassifier(
        nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2)), max_epochs=3, lr=0.1,
        criterion=nn.CrossEntropyLoss, optimizer=torch.optim.SGD, verbose=0,
        callbacks=[GitexpCallback(watch="gradients", log_freq=1)],
    )  # fmt: skip
    net.fit(x, y)
    run.finish()
    found = folded(folder)
    assert (found.config["lr"], found.config["optimizer"]) == (0.1, "SGD")
    assert found.metrics["valid_acc"].count == 3
    assert found.metrics["train_loss"].last_step == 3
    assert histogram_lines(folder)


@pytest.fixture
def torch_backend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")


def test_keras(torch_backend: None, run: ActiveRun, folder: Path) -> None:
    import keras

    from gitexp.capture.keras import GitexpCallback

    x, y = table()
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [keras.layers.Input((4,)), keras.layers.Dense(8), keras.layers.Dense(1)]
    )
    model.compile(keras.optimizers.SGD(0.05), loss="mse", metrics=["mae"])
    history = model.fit(
        x, y, batch_size=40, epochs=3, validation_split=0.25, verbose=0,
        callbacks=[GitexpCallback(checkpoints=True)],
    )  # fmt: skip
    run.finish()
    found = folded(folder)
    assert found.config["optimizer"]["learning_rate"] == pytest.approx(0.05)
    assert (found.config["epochs"], found.config["loss"]) == (3, "mse")
    assert found.config["parameters"] == 4 * 8 + 8 + 8 + 1
    for key, values in history.history.items():
        assert found.metrics[key].count == 3
        assert found.metrics[key].last == pytest.approx(values[-1])
    assert found.metrics["val_mae"].last_step == 2
    assert [entry.label for entry in found.checkpoints] == ["epoch-0", "epoch-1", "epoch-2"]
    again = keras.models.clone_model(model)
    again.set_weights(list(saved(folder, "epoch-2").values()))
    assert np.array_equal(again.predict(x, verbose=0), model.predict(x, verbose=0))


def test_keras_by_batches(torch_backend: None, run: ActiveRun, folder: Path) -> None:
    import keras

    from gitexp.capture.keras import GitexpCallback

    x, y = table()
    model = keras.Sequential([keras.layers.Dense(1)])
    model.compile("adam", loss="mse")
    callback = GitexpCallback(log_freq=2)
    model.fit(x, y, batch_size=20, epochs=2, verbose=0, callbacks=[callback])
    run.finish()
    found = folded(folder)
    assert (found.metrics["batch.loss"].count, found.metrics["batch.loss"].last_step) == (6, 12)
    assert (found.metrics["loss"].count, found.metrics["loss"].last_step) == (2, 12)


def test_ignite(run: ActiveRun, folder: Path) -> None:
    from ignite.engine import Events, create_supervised_evaluator, create_supervised_trainer
    from ignite.handlers import global_step_from_engine
    from ignite.metrics import Accuracy, Loss

    from gitexp.capture.ignite import GitexpLogger

    x, y = map(torch.from_numpy, table())
    batches = list(zip(x.split(40), y.split(40), strict=True))
    model = nn.Linear(4, 2)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    criterion = nn.CrossEntropyLoss()
    trainer = create_supervised_trainer(model, optimizer, criterion)
    evaluator = create_supervised_evaluator(
        model, metrics={"accuracy": Accuracy(), "loss": Loss(criterion)}
    )
    trainer.add_event_handler(Events.EPOCH_COMPLETED, lambda: evaluator.run(batches))
    with GitexpLogger({"lr": 0.1, "model": "linear"}) as logger:
        logger.attach_output_handler(
            trainer, Events.ITERATION_COMPLETED(every=3), "train",
            output_transform=lambda loss: {"loss": loss},
        )  # fmt: skip
        logger.attach_output_handler(
            evaluator, Events.COMPLETED, "val", metric_names="all",
            global_step_transform=lambda *_: trainer.state.iteration,
        )  # fmt: skip
        logger.attach_opt_params_handler(trainer, Events.ITERATION_STARTED(every=3), optimizer)
        trainer.run(batches, max_epochs=4)
        logger.save_checkpoint({"model": model, "optimizer": optimizer}, trainer, label="end")
    assert global_step_from_engine(trainer)(evaluator, Events.EPOCH_COMPLETED) == 4
    found = folded(folder)
    assert found.config == {"lr": 0.1, "model": "linear"}
    assert (found.metrics["train/loss"].count, found.metrics["train/loss"].last_step) == (4, 12)
    assert found.metrics["val/accuracy"].last == evaluator.state.metrics["accuracy"]
    assert found.metrics["lr"].last == 0.1
    state = saved(folder, "end", arrays=False)
    assert torch.equal(state["model"]["weight"], model.weight)


def test_stable_baselines3(run: ActiveRun, folder: Path) -> None:
    from stable_baselines3 import PPO

    from gitexp.capture.stable_baselines3 import GitexpCallback

    model = PPO("MlpPolicy", "CartPole-v1", n_steps=64, batch_size=32, seed=0, device="cpu")
    model.learn(192, callback=GitexpCallback(watch="gradients", log_freq=5), log_interval=1)
    run.finish()
    found = folded(folder)
    assert found.config["algorithm"] == "PPO"
    assert (found.config["n_steps"], found.config["gamma"]) == (64, 0.99)
    assert found.metrics["train/loss"].last_step == 192
    assert found.metrics["rollout/ep_rew_mean"].count == 3
    assert not any(key.startswith("time/") for key in found.metrics)
    state = saved(folder, "last", arrays=False)
    for name, tensor in model.policy.state_dict().items():
        assert torch.equal(state["policy"][name], tensor)
    assert histogram_lines(folder)
