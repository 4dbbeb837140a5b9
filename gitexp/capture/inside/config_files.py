"""Config files that the script opens and parses: YAML, TOML, and JSON if it looks like one."""

from __future__ import annotations

import os
import re
import sys
import time
from types import ModuleType
from typing import Any

from gitexp.capture.inside.guard import observe, users_frame

# What is parsed later, or is larger, is data.
_START_S = 60.0
_MOST_BYTES = 64 * 1024
_MOST_KEYS = 300
_CONFIG_NAME = re.compile(r"conf|cfg|param|hyp|arg|setting|option|train|exp|model", re.I)
_began_s = time.monotonic()


def install(module: ModuleType) -> None:
    """Observe the parsers of one of yaml, tomllib and json."""
    name = module.__name__

    def parsed(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        source = args[0] if args else next(iter(kwargs.values()), None)
        _parsed(name, result, source)

    for function in {"yaml": ("load", "safe_load", "full_load"), "json": ("load", "loads")}.get(
        name, ("load", "loads")
    ):
        observe("files", module, function, parsed)


def _parsed(library: str, result: Any, source: Any) -> None:
    if not isinstance(result, dict) or time.monotonic() - _began_s > _START_S:
        return
    if users_frame(library, "yaml") is None:
        return
    # Not before: these import json themselves, and this is installed while json is imported.
    from gitexp.capture.inside import config
    from gitexp.schema.tree import flatten

    path = _path_of(source)
    flat = flatten(result)
    if path is None or not flat or len(flat) > _MOST_KEYS:
        return
    if library == "json" and not (_CONFIG_NAME.search(os.path.basename(path)) or _is_given(path)):
        return
    if os.path.getsize(path) <= _MOST_BYTES:
        config.add(config.FILE, os.path.basename(path), result)


def _path_of(source: Any) -> str | None:
    """The file behind what was parsed: an open file, or a text that one was just read for."""
    name = getattr(source, "name", None)
    if isinstance(name, str) and os.path.isfile(name):
        return name
    return None


def _is_given(path: str) -> bool:
    return any(path == word.partition("=")[2] or path == word for word in sys.argv[1:])
