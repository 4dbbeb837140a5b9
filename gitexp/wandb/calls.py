"""wandb's functions of the module: what the active run does, and what needs no account."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any

from gitexp.errors import UsageError
from gitexp.record import api
from gitexp.record.guard import warn
from gitexp.wandb.settings import Settings, forget_setup, set_up

_printed: set[str] = set()
# What wandb has changed of other libraries; gitexp looks at them from outside.
patched: dict[str, list[Any]] = {"tensorboard": [], "keras": [], "gym": []}


class AlertLevel(Enum):
    """How bad it is."""

    INFO = "INFO"
    WARN = "WARN"
    ERROR = "ERROR"


class ArtifactTTL(Enum):
    """How long an artifact is meant to be kept, where nobody says how many days."""

    INHERIT = 0


class Classes:
    """The classes of an Image's masks: `Classes([{"id": 0, "name": "road"}, …])`.

    Attributes:
        class_set: as given.
    """

    def __init__(self, class_set: Sequence[Mapping[str, Any]]) -> None:
        self.class_set = [dict(one) for one in class_set]


def save(
    glob_str: str | os.PathLike[str] | bytes | None = None,
    base_path: str | os.PathLike[str] | None = None,
    policy: str = "live",
    glob: bool = True,
) -> list[str] | None:
    """Keep files in the active run; see `run.save`."""
    found: list[str] | None = _active("save()", "save", glob_str, base_path, policy, glob)
    return found


def restore(
    name: str,
    run_path: str | None = None,
    replace: bool = False,
    root: str | os.PathLike[str] | None = None,
) -> Any:
    """Write a file of a run to disk; returns it open for reading.

    Args:
        name: the file's.
        run_path: `entity/project/id` of the run; by default the active one, as it was when it was
            resumed.
        replace: whether a file that is there is overwritten.
        root: the folder; by default `run.dir`, else the current one.

    Raises:
        ValueError: there is no such run or file.
    """
    run = api.active()
    if run is None and run_path is None:
        raise ValueError("restore() without a run needs run_path")
    from gitexp.wandb.restoring import restore_file

    return restore_file(run, name, run_path, replace, root)


def alert(title: str, text: str = "", level: Any = None, wait_duration: Any = None) -> None:
    """Tell something on stderr and keep it in the active run; see `run.alert`."""
    _active("alert()", "alert", title, text, level, wait_duration)


def mark_preempting() -> None:
    """Note in the active run that the machine is about to take it away."""
    _active("mark_preempting()", "mark_preempting")


def log_code(*args: Any, **keywords: Any) -> Any:
    """Log source files as an artifact of the active run; see `run.log_code`."""
    return _must_be_active("log_code", *args, **keywords)


def login(*args: Any, **keywords: Any) -> bool:
    """Say that there is nothing to log in to."""
    warn("login(): runs are kept in this git repository, there is no account", cause="login")
    return True


def setup(settings: Any = None) -> Settings:
    """Settings for all runs of this process; what is returned is its own `.settings`."""
    return set_up(settings)


def teardown(exit_code: int | None = None) -> None:
    """End the active run, and forget what setup() said."""
    api.finish(exit_code)
    forget_setup()


def pin_config_keys(keys: Sequence[str] = ()) -> None:
    """Note in the active run which keys of its config come first; see `run.pin_config_keys`."""
    _active("pin_config_keys()", "pin_config_keys", keys)


def require(*requirements: Any, **keywords: Any) -> None:
    """Do nothing: there are no experimental parts to switch on."""


def ensure_configured() -> None:
    """Do nothing: there is nothing to configure."""


def parse_config(
    params: Any, exclude: Sequence[str] | None = None, include: Sequence[str] | None = None
) -> dict[str, Any]:
    """Some keys of a config, as `wandb.helper.parse_config` gives them."""
    from gitexp.wandb import config_sources

    return config_sources.chosen(config_sources.given(params), include, exclude)


def termlog(
    string: str = "", newline: bool = True, repeat: bool = True, prefix: bool = True
) -> None:
    """Print a line to stderr; with repeat=False, each one once."""
    line = f"{'gitexp: ' if prefix else ''}{string}" + ("\n" if newline else "")
    if repeat or line not in _printed:
        _printed.add(line)
        sys.stderr.write(line)


def termwarn(string: str, newline: bool = True, repeat: bool = True, prefix: bool = True) -> None:
    """Print a warning to stderr."""
    termlog(f"WARNING {string}", newline, repeat, prefix)


def termerror(string: str, newline: bool = True, repeat: bool = True, prefix: bool = True) -> None:
    """Print an error to stderr."""
    termlog(f"ERROR {string}", newline, repeat, prefix)


def log_artifact(*args: Any, **keywords: Any) -> Any:
    """Log an artifact in the active run; see `run.log_artifact`."""
    return _must_be_active("log_artifact", *args, **keywords)


def upsert_artifact(*args: Any, **keywords: Any) -> Any:
    """As `log_artifact`."""
    return _must_be_active("upsert_artifact", *args, **keywords)


def finish_artifact(*args: Any, **keywords: Any) -> Any:
    """As `log_artifact`."""
    return _must_be_active("finish_artifact", *args, **keywords)


def use_artifact(*args: Any, **keywords: Any) -> Any:
    """Find an artifact for the active run; see `run.use_artifact`."""
    return _must_be_active("use_artifact", *args, **keywords)


def link_artifact(*args: Any, **keywords: Any) -> Any:
    """Give an artifact another name; see `run.link_artifact`."""
    return _must_be_active("link_artifact", *args, **keywords)


def log_model(*args: Any, **keywords: Any) -> Any:
    """Log a model in the active run; see `run.log_model`."""
    return _must_be_active("log_model", *args, **keywords)


def use_model(*args: Any, **keywords: Any) -> Any:
    """Download a model for the active run; see `run.use_model`."""
    return _must_be_active("use_model", *args, **keywords)


def link_model(*args: Any, **keywords: Any) -> Any:
    """Log a model and give it another name; see `run.link_model`."""
    return _must_be_active("link_model", *args, **keywords)


def _must_be_active(method: str, *args: Any, **keywords: Any) -> Any:
    """What a script goes on with: without a run it is the script's error, as with wandb."""
    run = api.current()
    if run is None:
        raise UsageError(f"{method}() needs a run", "call gitexp.init() first")
    return getattr(run, method)(*args, **keywords)


def _active(what: str, method: str, *args: Any) -> Any:
    run = api.current()
    if run is None or not hasattr(run, method):
        warn(f"{what} before gitexp.init(): nothing is recorded")
        return None
    return getattr(run, method)(*args)
