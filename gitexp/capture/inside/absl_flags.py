"""absl.flags: the flags that the script's own modules define."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from gitexp.capture.inside import config
from gitexp.capture.inside.guard import is_users, observe


def install(module: ModuleType) -> None:
    """Observe FLAGS(argv), which parses."""
    observe("absl", module.FlagValues, "__call__", _parsed)


def _parsed(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    flags = args[0]
    values = {}
    for name, defined in flags.flags_by_module_dict().items():
        module = sys.modules.get(name) or sys.modules["__main__"]
        if is_users(getattr(module, "__file__", None) or ""):
            values.update({flag.name: flag.value for flag in defined})
    config.add(config.PARSER, "absl", values)
