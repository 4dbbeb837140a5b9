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
    found = result.as_dict()
    # The option that names a config file, where none was given.
    given = {k: v for k, v in found.items() if v is not None or k not in ("config", "cfg")}
    config.add(config.PARSER, "jsonargparse", given)
