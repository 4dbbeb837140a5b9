"""The module that `import wandb` gives under `gitexp record`."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import gitexp
from gitexp.record.api import active, inherited
from gitexp.wandb import submodules

# What libraries compare with; the stand-in has the interface of about this version.
VERSION = "0.19.11"


class StandIn(ModuleType):
    """A module that asks gitexp for its names, each time: `run` and `config` change."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "run":
            # Scripts ask whether init() was called; gitexp's own would join the recorded run.
            return active() or inherited()
        if name == "log" and (run := inherited()) is not None:
            return run.log  # as wandb's is: a forked child that calls it logs to its parent's run
        return getattr(gitexp, name)

    def __reduce__(self) -> tuple[Any, ...]:
        """As other modules are, for libraries that send functions to worker processes."""
        return import_module, (self.__name__,)

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "config":
            gitexp.config = value  # into the run's
        else:
            super().__setattr__(name, value)


def fill(package: ModuleType) -> None:
    """Give the package its version and its submodules."""
    package.__dict__["__version__"] = VERSION
    submodules.fill(package)
