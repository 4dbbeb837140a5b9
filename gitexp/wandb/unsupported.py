"""What wandb has and gitexp has not: the error that names what to do instead."""

from __future__ import annotations

from typing import Any, NoReturn

from gitexp.errors import UnsupportedError

# Name of a function, class or method → what to use instead.
INSTEAD = {
    "agents": "wandb.agent() runs a sweep's trials",
    "analytics": "nothing is told to anybody",
    "api": "wandb.Api() answers from the repository",
    "controller": "wandb.sweep() and wandb.agent() try a grid, or draw at random",
    "docker": "run.json says which packages were there, and the machine",
    "InternalApi": "wandb.Api() answers from the repository",
    "jupyter": "`%load_ext gitexp` records what cells do",
    "launch": "`gitexp reproduce RUN` runs a run again",
    "proto": "docs/format.md says what a run is in git",
    "sagemaker_auth": "there are no accounts",
    "tensorflow": "init(sync_tensorboard=True), or wandb.keras",
    "termsetup": "wandb.termlog() needs no setting up",
    "Trace": "wandb.Table() keeps prompts and answers",
    "trigger": "run.on_finish() has something called at the end",
    "WBTraceTree": "wandb.Table() keeps prompts and answers",
}


class NotSupported(UnsupportedError, AttributeError):
    """Something of wandb's that gitexp has not got."""

    def __init__(self, name: str, instead: str | None = None) -> None:
        told = INSTEAD[name] if instead is None else instead
        super().__init__(f"gitexp has no wandb.{name}: {told}", "see docs/wandb.md")


class Refusal:
    """What stands for a name that is imported by many: using it is an error."""

    def __init__(self, name: str) -> None:
        self.__name__ = name
        self.__doc__ = f"Not supported: {INSTEAD[name]}."

    def __call__(self, *args: Any, **keywords: Any) -> NoReturn:
        """Raise the error that names the alternative."""
        raise NotSupported(self.__name__)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise NotSupported(self.__name__)


def refusal(name: str) -> Any:
    """What the module has under a name that is not supported."""
    return Refusal(name)
