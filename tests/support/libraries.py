"""Which optional libraries are there."""

from __future__ import annotations

from importlib.util import find_spec


def is_installed(name: str) -> bool:
    """A folder of tests that has the library's name (tests/wandb) is not the library."""
    spec = find_spec(name)
    return spec is not None and spec.origin is not None
