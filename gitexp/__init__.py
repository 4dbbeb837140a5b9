"""Git-native experiment tracking: every training run is a chain of commits on its own ref.

    import gitexp

    gitexp.init(config={"lr": 0.1})
    gitexp.log({"loss": 0.5})
    gitexp.save_checkpoint(model)

Importing this imports next to nothing; names are resolved when they are first used.
"""

from __future__ import annotations

import sys

from gitexp._version import __version__

# As typing has it; importing that takes longer than all of this module.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType
    from typing import Any

    from gitexp.capture.reproduce import reproduce as reproduce
    from gitexp.errors import GitexpError as GitexpError
    from gitexp.query.answers import checkout as checkout
    from gitexp.query.answers import energy as energy
    from gitexp.query.answers import replicates as replicates
    from gitexp.query.answers import tried as tried
    from gitexp.query.answers import whence as whence
    from gitexp.query.api import diff as diff
    from gitexp.query.api import load as load
    from gitexp.query.api import runs as runs
    from gitexp.query.checkpoints import load_checkpoint as load_checkpoint
    from gitexp.query.report import report as report
    from gitexp.record.active import ActiveRun as ActiveRun
    from gitexp.record.api import define_metric as define_metric
    from gitexp.record.api import finish as finish
    from gitexp.record.api import log as log
    from gitexp.record.api import save_checkpoint as save_checkpoint
    from gitexp.record.mappings import Config
    from gitexp.record.sharing import fetch as fetch
    from gitexp.record.sharing import push as push
    from gitexp.record.summary import Summary
    from gitexp.serve.frame import ui as ui
    from gitexp.wandb.begin import init as init
    from gitexp.wandb.watching import unwatch as unwatch
    from gitexp.wandb.watching import watch as watch

    run: ActiveRun | None
    config: Config
    summary: Summary

_HOMES = {
    "ActiveRun": "gitexp.record.active",
    "GitexpError": "gitexp.errors",
    "checkout": "gitexp.query.answers",
    "define_metric": "gitexp.record.api",
    "diff": "gitexp.query.api",
    "energy": "gitexp.query.answers",
    "fetch": "gitexp.record.sharing",
    "finish": "gitexp.record.api",
    "init": "gitexp.wandb.begin",
    "load": "gitexp.query.api",
    "load_checkpoint": "gitexp.query.checkpoints",
    "load_ipython_extension": "gitexp.capture.notebook",  # `%load_ext gitexp`
    "log": "gitexp.record.api",
    "push": "gitexp.record.sharing",
    "replicates": "gitexp.query.answers",
    "report": "gitexp.query.report",
    "reproduce": "gitexp.capture.reproduce",
    "runs": "gitexp.query.api",
    "save_checkpoint": "gitexp.record.api",
    "tried": "gitexp.query.answers",
    "ui": "gitexp.serve.frame",
    "unwatch": "gitexp.wandb.watching",
    "watch": "gitexp.wandb.watching",
    "whence": "gitexp.query.answers",
}
# Those of the active run: asked for anew each time.
_OF_THE_RUN = ("config", "run", "summary")

__all__ = [
    "ActiveRun",
    "GitexpError",
    "__version__",
    "checkout",
    "config",
    "define_metric",
    "diff",
    "energy",
    "fetch",
    "finish",
    "init",
    "load",
    "load_checkpoint",
    "log",
    "push",
    "replicates",
    "report",
    "reproduce",
    "run",
    "runs",
    "save_checkpoint",
    "summary",
    "tried",
    "ui",
    "unwatch",
    "watch",
    "whence",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is not None:
        from importlib import import_module

        value = getattr(import_module(home), name)
        globals()[name] = value
        return value
    if name in _OF_THE_RUN:
        from gitexp.record.api import of_the_run

        return of_the_run(name)
    if not name.startswith("__"):
        from gitexp.wandb.names import resolve

        value = globals()[name] = resolve(name)
        return value
    raise AttributeError(f"module 'gitexp' has no attribute {name!r}")


if not TYPE_CHECKING:
    ModuleType = type(sys)


class _Package(ModuleType):
    """`gitexp.config = {…}` goes into the run's config, as scripts do with wandb's."""

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "config":
            from gitexp.record.api import set_config

            set_config(value)
        else:
            super().__setattr__(name, value)

    def __reduce__(self) -> tuple[Any, ...]:
        """As other modules are, for libraries that send functions to worker processes."""
        return __import__, (self.__name__,)


sys.modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted(__all__)
