"""jsonargparse, and LightningCLI with it: all values, nested."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from gitexp.capture.inside import config
from gitexp.capture.inside.guard import observe


def install(module: ModuleType) -> None:
    """Observe parse_args."""
    observe("jsonargparse", module.ArgumentParser, "parse_args", _parsed)


def _parsed(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    config.add(config.PARSER, "jsonargparse", result.as_dict())
