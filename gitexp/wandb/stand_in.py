"""The module that `import wandb` gives under `gitexp record`."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Any

import gitexp
from gitexp.record.api import active, inherited, pending_config
from gitexp.wandb import submodules
from gitexp.wandb.before_init import CALLS, OBJECTS, before_init

# What libraries compare with; the stand-in has the interface of about this version.
VERSION = "0.19.11"


class StandIn(ModuleType):
    """A module that asks gitexp for its names, each time: `run` and `config` change.

    What belongs to a run is an error before init(), as scripts for wandb expect; with gitexp's own
    functions it would join the recorded run.
    """

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if name == "run":
            return active() or inherited()
        if name in CALLS or name in OBJECTS:
            return self._of_the_run(name)
        return getattr(gitexp, name)

    def _of_the_run(self, name: str) -> Any:
        run = active() or inherited()  # a forked child that calls log() logs to its parent's run
        if run is not None:
            return getattr(run, name)
        if name == "config" and pending_config():
            return pending_config()
        return before_init(name)

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
