"""Where init() takes the config from: its argument, files, defaults that lie beside the script."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from gitexp.errors import BadConfig
from gitexp.record.guard import report
from gitexp.record.values import config_items
from gitexp.wandb.before_init import NotYet

DEFAULTS = "config-defaults.yaml"
PATHS_VARIABLE = "WANDB_CONFIG_PATHS"
# What wandb's init() has in its first places.
_PLACES = ("entity", "project", "dir", "id", "name", "notes", "tags", "config")
_SUFFIXES = (".yaml", ".yml", ".json", ".toml")


def around(values: Mapping[str, Any]) -> dict[str, Any]:
    """The config with what files say beside it.

    What `config-defaults.yaml` of the current folder says counts less than `values`, the files of
    $WANDB_CONFIG_PATHS count more. One that cannot be read is a warning: the script did not ask
    for it.
    """
    named = [path.strip() for path in os.environ.get(PATHS_VARIABLE, "").split(",")]
    said = [_read_if_there(path) for path in (DEFAULTS, *reversed(list(filter(None, named))))]
    return {**said[0], **values, **dict(chain.from_iterable(map(dict.items, said[1:])))}


def _read_if_there(path: str) -> dict[str, Any]:
    if Path(path).is_file():
        try:
            return _read(path)
        except BadConfig as error:
            report(error, f"reading {path}")
    return {}


def placed(config: Any, others: Sequence[Any]) -> tuple[Any, dict[str, Any]]:
    """The config and the keywords that the places of init()'s arguments stand for.

    Our first one is the config; a name there, which is no file's, is the entity, as are the ones
    behind it what wandb has in their places.

    Args:
        config: the first argument, or the keyword.
        others: further ones without a keyword.

    Raises:
        TypeError: there are more than wandb has.
    """
    named = isinstance(config, str) and not _is_file(config)
    if not named and not others:
        return config, {}
    if len(others) >= len(_PLACES):
        raise TypeError(f"init() takes {len(_PLACES)} arguments without a keyword at most")
    told = dict(zip(_PLACES, (config, *others), strict=False))
    return told.pop("config", None), {k: v for k, v in told.items() if v is not None}


def _is_file(text: str) -> bool:
    return os.path.splitext(text)[1].lower() in _SUFFIXES or os.path.isfile(text)


def given(config: Any) -> dict[str, Any]:
    """The config that init() was given, its values as they are.

    Args:
        config: a mapping, a namespace, …, or the path of a file.

    Raises:
        BadConfig: the file cannot be read.
        TypeError: it has no keys and values.
    """
    if isinstance(config, str | os.PathLike):
        return _read(os.fspath(config))
    if isinstance(config, NotYet):  # `init(config=wandb.config)`, which is empty
        return {}
    return {str(key): value for key, value in config_items(config).items()}


def chosen(
    values: dict[str, Any], include: Sequence[str] | None, exclude: Sequence[str] | None
) -> dict[str, Any]:
    """Some of the keys."""
    return {
        key: value
        for key, value in values.items()
        if (not include or key in include) and key not in (exclude or ())
    }


def _read(path: str) -> dict[str, Any]:
    from gitexp.capture.config_file import read_config_file

    return _without_descriptions(read_config_file(path))


def _without_descriptions(values: dict[str, Any]) -> dict[str, Any]:
    """wandb's own config files say `lr: {value: 0.1, desc: …}` for each key."""
    told = {k: v for k, v in values.items() if k not in ("wandb_version", "_wandb")}
    if told and all(isinstance(v, dict) and "value" in v for v in told.values()):
        return {key: value["value"] for key, value in told.items()}
    return values
