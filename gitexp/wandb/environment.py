"""The WANDB_* variables, as keywords of init()."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

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
    """What the environment asks of init(); variables that are empty ask nothing."""
    given = os.environ if environment is None else environment
    asked: dict[str, Any] = {
        keyword: given[name] for name, keyword in _TEXTS.items() if given.get(name)
    }
    if given.get("WANDB_TAGS"):
        asked["tags"] = [tag.strip() for tag in given["WANDB_TAGS"].split(",") if tag.strip()]
    if given.get("WANDB_MODE"):
        asked["mode"] = given["WANDB_MODE"]
    if given.get("WANDB_DISABLED", "").lower() in _TRUE:
        asked["mode"] = "disabled"
    return asked
