"""The WANDB_* variables and wandb's settings files, as keywords of init()."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import partial
from typing import Any

from gitexp.wandb.settings_file import read_settings

# Variable → keyword of init(). What is given in the call counts more.
_TEXTS = {
    "WANDB_DIR": "dir",
    "WANDB_ENTITY": "entity",
    "WANDB_JOB_TYPE": "job_type",
    "WANDB_NAME": "name",
    "WANDB_NOTES": "notes",
    "WANDB_PROJECT": "project",
    "WANDB_RESUME": "resume",
    "WANDB_RUN_GROUP": "group",
    "WANDB_RUN_ID": "id",
}
_TRUE = ("1", "true", "yes", "on", "y", "t")
MODES = ("online", "offline", "dryrun", "run", "shared", "disabled")


def from_environment(environment: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What the environment asks of init(); variables that are empty ask nothing.

    Args:
        environment: the variables alone; by default this process's, and under them what
            wandb's settings files say.
    """
    given = os.environ if environment is None else environment
    asked: dict[str, Any] = {} if environment is not None else dict(read_settings())
    asked |= {keyword: given[name] for name, keyword in _TEXTS.items() if given.get(name)}
    if given.get("WANDB_TAGS"):
        asked["tags"] = [tag.strip() for tag in given["WANDB_TAGS"].split(",") if tag.strip()]
    if given.get("WANDB_MODE"):
        asked["mode"] = given["WANDB_MODE"]
    if given.get("WANDB_DISABLED", "").lower() in _TRUE:
        asked["mode"] = "disabled"
    return asked


# Further ones that scripts name as `wandb.env.API_KEY`.
_FURTHER = (
    "API_KEY", "ARTIFACT_DIR", "BASE_URL", "CACHE_DIR", "CONFIG_PATHS", "CONSOLE", "DATA_DIR",
    "DISABLED", "DISABLE_CODE", "DISABLE_GIT", "GIT_COMMIT", "GIT_REMOTE_URL", "GIT_ROOT",
    "HOST", "IGNORE", "LOG_MODEL", "MODE",
    "NOTEBOOK_NAME", "PROGRAM", "QUIET", "SAVE_CODE", "SILENT", "SWEEP_ID", "SWEEP_PARAM_PATH",
    "TAGS", "USERNAME", "WATCH",
)  # fmt: skip


def variables() -> dict[str, Any]:
    """What `wandb.env` has: names of variables, functions that read and set them."""
    names = {name.removeprefix("WANDB_"): name for name in _TEXTS}
    names |= {name: f"WANDB_{name}" for name in _FURTHER}
    found: dict[str, Any] = dict(names)
    for keyword in ("dir", "entity", "project", "username"):
        found[f"get_{keyword}"] = partial(_get, f"WANDB_{keyword.upper()}")
        found[f"set_{keyword}"] = partial(_set, f"WANDB_{keyword.upper()}")
    for keyword in ("silent", "quiet"):
        found[f"is_{keyword}"] = partial(_is_true, f"WANDB_{keyword.upper()}")
    found["is_offline"] = lambda: os.environ.get("WANDB_MODE") in ("offline", "dryrun")
    return found


def _get(variable: str, default: str | None = None, env: Any = None) -> str | None:
    return (os.environ if env is None else env).get(variable, default)


def _set(variable: str, value: str, env: Any = None) -> None:
    (os.environ if env is None else env)[variable] = str(value)


def _is_true(variable: str) -> bool:
    return os.environ.get(variable, "").lower() in _TRUE
