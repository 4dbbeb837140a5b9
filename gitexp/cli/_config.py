"""The config that a command line gives a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gitexp.capture.argv import config_from_argv, parse_assignment
from gitexp.capture.config_file import read_config_file
from gitexp.schema import tree


def read_config(
    command: tuple[str, ...], files: tuple[Path, ...], assignments: tuple[str, ...]
) -> dict[str, Any]:
    """Files first, what the command itself is given over them, --set over all.

    Raises:
        BadConfig: a file or an assignment cannot be read.
    """
    config: dict[str, Any] = {}
    for file in files:
        tree.merge(config, read_config_file(file))
    tree.merge(config, config_from_argv(command))
    for assignment in assignments:
        key, value = parse_assignment(assignment)
        tree.put(config, key, value)
    return config
