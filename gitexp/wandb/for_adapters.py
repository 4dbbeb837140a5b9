"""`wandb.util`: what scripts and adapters of libraries take from it."""

from __future__ import annotations

import json
import re
import secrets
from importlib import import_module
from typing import Any

__all__ = [
    "generate_id",
    "get_full_typename",
    "get_module",
    "is_numpy_array",
    "is_pandas_data_frame",
    "json_dumps_safer",
    "json_friendly",
    "make_artifact_name_safe",
]


def generate_id(length: int = 8) -> str:
    """Random letters and digits, as a run's id."""
    alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
    return "".join(secrets.choice(alphabet) for _ in range(length))


def get_module(name: str, required: str | bool | None = None, lazy: bool = True) -> Any:
    """Import a module if it is there.

    Raises:
        ImportError: it is not, and `required` says what for.
    """
    try:
        return import_module(name)
    except ImportError:
        if required:
            raise ImportError(required if isinstance(required, str) else name) from None
        return None


def json_dumps_safer(value: Any, **keywords: Any) -> str:
    """As JSON; what is not plain is its text."""
    from gitexp.record.values import plain_config

    return json.dumps(plain_config(value), **keywords)


def make_artifact_name_safe(name: str) -> str:
    """Letters, digits, dots, dashes and underscores, 128 at most."""
    safe = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
    return safe if len(safe) <= 128 else f"{safe[:63]}..{safe[-63:]}"


def get_full_typename(value: Any) -> str:
    """`numpy.ndarray`, `builtins.int`."""
    kind = type(value)
    return f"{kind.__module__}.{kind.__name__}"


def is_numpy_array(value: Any) -> bool:
    """Whether it is an array of numpy's."""
    return get_full_typename(value) == "numpy.ndarray"


def is_pandas_data_frame(value: Any) -> bool:
    """Whether it is a pandas DataFrame."""
    return type(value).__name__ == "DataFrame" and type(value).__module__.startswith("pandas")


def json_friendly(value: Any) -> tuple[Any, bool]:
    """A value as JSON may hold it, and whether that is another one."""
    from gitexp.record.values import plain_config

    plain = plain_config(value)
    return plain, type(plain) is not type(value)
