"""Inside a recorded Python process: observers of the libraries that the script imports.

Nothing heavy is imported before the script asks for it, and nothing is patched in a library that
it does not import.
"""

from __future__ import annotations

import os
import sys

# Library → what it is captured as, and the observer. An observer has `install(module)`.
OBSERVERS = {
    "argparse": ("argparse", "argparse_args"),
    "click.core": ("click", "click_params"),
    "typer._click.core": ("click", "click_params"),
    "fire.core": ("fire", "fire_args"),
    "absl.flags._flagvalues": ("absl", "absl_flags"),
    "hydra.core.utils": ("hydra", "hydra_job"),
    "tyro._cli": ("tyro", "tyro_args"),
    "jsonargparse": ("jsonargparse", "jsonargparse_args"),
    "yaml": ("files", "config_files"),
    "tomllib": ("files", "config_files"),
    "json": ("files", "config_files"),
    "torch.optim.optimizer": ("script", "torch_optimizer"),
    "torch": ("torch", "torch_save"),
    "safetensors.torch": ("safetensors", "safetensors_save"),
    "safetensors.numpy": ("safetensors", "safetensors_save"),
    "lightning.fabric.plugins.io.torch_io": ("lightning", "lightning_save"),
    "lightning_fabric.plugins.io.torch_io": ("lightning", "lightning_save"),
    "pytorch_lightning.trainer.connectors.logger_connector.logger_connector": (
        "lightning",
        "lightning_log",
    ),
    "lightning.pytorch.trainer.connectors.logger_connector.logger_connector": (
        "lightning",
        "lightning_log",
    ),
    "torch.utils.tensorboard.writer": ("tensorboard", "tensorboard_writer"),
    "tensorboardX.writer": ("tensorboard", "tensorboard_writer"),
    "wandb.sdk.wandb_run": ("wandb", "wandb_run"),
    "mlflow.tracking.client": ("mlflow", "mlflow_client"),
    "trackio.run": ("trackio", "trackio_run"),
    "aim.sdk.run": ("aim", "aim_run"),
    "comet_ml.experiment": ("comet", "comet_experiment"),
    "neptune.handler": ("neptune", "neptune_handler"),
    "swanlab.sdk.internal.run": ("swanlab", "swanlab_run"),
    "swanlab.data.run.main": ("swanlab", "swanlab_run"),
    "transformers.trainer": ("transformers", "transformers_trainer"),
    "accelerate.accelerator": ("accelerate", "accelerate_log"),
    "keras.src.callbacks.callback_list": ("keras", "keras_history"),
    "keras.src.saving.saving_api": ("keras", "keras_save"),
    "xgboost.callback": ("xgboost", "xgboost_rounds"),
    "xgboost.training": ("xgboost", "xgboost_rounds"),
    "lightgbm.basic": ("lightgbm", "lightgbm_rounds"),
    "sklearn.base": ("sklearn", "sklearn_fit"),
    "sklearn.metrics": ("sklearn", "sklearn_scores"),
    "sklearn.model_selection": ("sklearn", "sklearn_scores"),
    "skorch.net": ("skorch", "skorch_history"),
    "stable_baselines3.common.logger": ("sb3", "sb3_logger"),
    "stable_baselines3.common.base_class": ("sb3", "sb3_logger"),
    "ignite.engine.engine": ("ignite", "ignite_engine"),
    "fastai.learner": ("fastai", "fastai_recorder"),
    "optuna.study._optimize": ("optuna", "optuna_trials"),
    "optuna.study.study": ("optuna", "optuna_trials"),
    "tqdm.std": ("tqdm", "tqdm_postfix"),
    "joblib": ("estimators", "estimators"),
    "pickle": ("estimators", "estimators"),
    "numpy": ("numpy", "numpy_save"),
    "random": ("environment", "seeds"),
    "numpy.random": ("environment", "seeds"),
    "torch.random": ("environment", "seeds"),
}
# Seen by the interpreter itself, not by a library.
_DATA = "data"
CAPTURES = (*dict.fromkeys(name for name, _ in OBSERVERS.values()), _DATA)

# Programs that start trainings or have nothing to do with one: their own arguments are no config.
_NOT_TRAININGS = (
    "torchrun accelerate deepspeed ray pip pip3 conda gitexp tensorboard jupyter ipython pytest "
    "ruff mypy black nvidia-smi virtualenv uv poetry wandb mlflow optuna"
)
_NOT_TRAINING_MODULES = frozenset(
    ["torch.distributed.run", "torch.distributed.launch", "pip", "venv", "gitexp", "gitexp.wandb",
     "pytest",
     "accelerate.commands.launch", "ensurepip", "build", "http.server", "tensorboard.main"]
)  # fmt: skip
_RANKS = ("RANK", "LOCAL_RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK")


def start(folder: str) -> None:
    """Watch for imports, in a process that may be a training.

    Args:
        folder: the journal that this process is recorded in.
    """
    if not os.path.isdir(folder) or not _may_train(list(sys.orig_argv)) or _is_side_rank():
        return
    from gitexp.capture.inside import imports, journal

    journal.begin(folder)
    wanted = journal.wanted()
    imports.watch({lib: file for lib, (name, file) in OBSERVERS.items() if name in wanted})
    if _DATA in wanted:
        from gitexp.capture.inside import opened_files

        opened_files.install()
    import atexit

    atexit.register(_at_exit, os.getcwd(), wanted)


def _at_exit(cwd: str, wanted: list[str]) -> None:
    from gitexp.capture.inside import guard

    if "script" in wanted:
        from gitexp.capture.inside import script

        # By now the interpreter has taken __file__ out of __main__, and the script may have moved.
        words = (os.path.join(cwd, word) for word in sys.orig_argv[1:] if word.endswith(".py"))
        guard.run("script", lambda: script.take(next(words, None)))
    if "environment" in wanted and "torch" in sys.modules:
        from gitexp.capture.inside import torch_flags

        guard.run("environment", torch_flags.tell)
    checkpoints = sys.modules.get("gitexp.capture.inside.checkpoints")
    if checkpoints is not None:
        guard.run("checkpoints", lambda: checkpoints.release(at_once=True))
    metrics = sys.modules.get("gitexp.capture.inside.metrics")
    if metrics is not None:
        guard.run("metrics", metrics.flush)
    if getattr(sys, "last_type", None) is KeyboardInterrupt:
        from gitexp.record.ending import still_interrupted

        still_interrupted()


def _may_train(argv: list[str]) -> bool:
    """Whether a process is not a launcher, a helper of multiprocessing, or a tool."""
    for at, word in enumerate(argv[1:], 1):
        if word == "-c":
            code = argv[at + 1] if at + 1 < len(argv) else ""
            return "multiprocessing" not in code and "--multiprocessing-fork" not in argv
        if word == "-m":
            module = argv[at + 1] if at + 1 < len(argv) else ""
            return module not in _NOT_TRAINING_MODULES
        if word in ("-W", "-X"):
            continue
        if not word.startswith("-"):
            return os.path.basename(word) not in _NOT_TRAININGS.split()
    return True


def _is_side_rank() -> bool:
    # Also with GITEXP_RANKS=all: that is about what ranks log themselves, as `rank1/loss`; what is
    # observed has no such names, and two ranks' would mix.
    ranks = (os.environ.get(variable, "0") for variable in _RANKS)
    return any(rank.isdigit() and int(rank) > 0 for rank in ranks)
