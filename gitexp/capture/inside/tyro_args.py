"""tyro: the dataclass that tyro.cli makes, or the arguments that it calls a function with."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside import config
from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe tyro.cli, which the package takes from here."""
    observe("tyro", module, "cli", _parsed)


def _parsed(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if hasattr(result, "__dataclass_fields__"):
        config.add_parsed("tyro", lambda: config.unpacked(result))
    elif isinstance(result, dict):
        config.add(config.PARSER, "tyro", result)
