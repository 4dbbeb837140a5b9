"""argparse, and what is built on it (simple_parsing, HfArgumentParser): all values."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from gitexp.capture.inside import config
from gitexp.capture.inside.guard import observe, users_frame

# These call the parser for the script, and their frames are not the script's.
_BUILT_ON_IT = ("argparse", "simple_parsing", "transformers", "configargparse", "tap")


def install(module: ModuleType) -> None:
    """Observe parse_known_args, which all ways to parse end in."""
    observe("argparse", module.ArgumentParser, "parse_known_args", _parsed)


def _parsed(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    if users_frame(*_BUILT_ON_IT) is None or "hydra" in sys.modules:
        return
    given = args[1] if len(args) > 1 else kwargs.get("args")
    if given is not None and not _from_command(list(given)):
        return
    namespace = result[0]
    config.add_parsed("argparse", lambda: vars(namespace))


def _from_command(given: list[str]) -> bool:
    """A parser that is given arguments by the script is the main one only if they are the
    command's, or none is given there at all."""
    if not given:
        return not config.has_parser()
    return set(given) <= set(sys.argv[1:]) or not config.has_parser()
