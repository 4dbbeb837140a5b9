"""What an artifact's name, type, aliases, tags and metadata may be; else a ValueError."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, is_dataclass
from datetime import date
from enum import Enum
from typing import Any

from gitexp.schema.artifact import checked_path, why_not_a_name

MAX_KEYS = 100
_TAG = re.compile(r"[-\w]+( +[-\w]+)*")
# Types that wandb keeps for itself → how the names begin that are meant.
_RESERVED = {"job": "", "run_table": "run-", "code": "source-"}


def checked_name(name: str) -> str:
    """An artifact's name.

    Raises:
        ValueError: it cannot be.
    """
    why = why_not_a_name(name)
    if why:
        raise ValueError(f"Artifact name {name!r}: {why}")
    return name


def checked_type(type: str, name: str) -> str:
    """An artifact's type.

    Raises:
        ValueError: wandb keeps it for itself.
    """
    prefix = _RESERVED.get(type)
    if type.startswith("wandb-") or (prefix is not None and name.startswith(prefix)):
        raise ValueError(
            f"artifacts of type {type!r} are made by the tracker itself: choose another type"
        )
    return type


def checked_aliases(aliases: Iterable[str] | str | None) -> list[str]:
    """Aliases, one or several.

    Raises:
        ValueError: one of them has `/` or `:` in it.
    """
    given = [aliases] if isinstance(aliases, str) else [str(alias) for alias in aliases or ()]
    if any("/" in alias or ":" in alias for alias in given):
        raise ValueError(
            "an alias has neither '/' nor ':' in it",
        )
    return given


def checked_tags(tags: Iterable[str] | str | None) -> list[str]:
    """Tags, each one once.

    Raises:
        ValueError: one of them has other characters than letters, digits, `-`, `_` and spaces
            between them.
    """
    given = [tags] if isinstance(tags, str) else list(dict.fromkeys(tags or ()))
    if not all(isinstance(tag, str) and _TAG.fullmatch(tag) for tag in given):
        raise ValueError(
            "a tag has letters and digits, and hyphens, underscores and spaces between them"
        )
    return given


def checked_metadata(metadata: Any) -> dict[str, Any]:
    """A copy of it as JSON has it; a text is read as JSON.

    Raises:
        TypeError: it is no mapping, or holds what is no plain value.
        ValueError: it holds an infinity, or more than 100 keys.
    """
    if isinstance(metadata, str) and metadata:
        metadata = json.loads(metadata)
    if not metadata and (metadata is None or isinstance(metadata, str)):
        return {}
    if not isinstance(metadata, Mapping):
        raise TypeError(f"metadata is a mapping, not a {type(metadata).__name__}")
    plain: dict[str, Any] = json.loads(json.dumps(_friendly(metadata), allow_nan=False))
    if len(plain) > MAX_KEYS:
        raise ValueError(f"metadata of an artifact has {MAX_KEYS} keys at most")
    return plain


def checked_inside(path: str) -> str:
    """A file's path in an artifact.

    Raises:
        ValueError: it leads out of the artifact, or git cannot keep it.
    """
    if re.match(r"[A-Za-z]:[\\/]", path):
        raise ValueError(f"Invalid artifact path: {path!r}")
    try:
        return checked_path(path)
    except ValueError as error:
        raise ValueError(f"Invalid artifact path: {path!r}: {error}") from None


def _friendly(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _friendly(item) for key, item in value.items()}
    if isinstance(value, slice):
        return {"slice_start": value.start, "slice_step": value.step, "slice_stop": value.stop}
    if is_dataclass(value) and not isinstance(value, type):
        return _friendly(asdict(value))
    unpack = getattr(value, "tolist", None)  # arrays, tensors and their scalars
    if callable(unpack):
        value = unpack()
    if isinstance(value, list | tuple | set | range):
        return [_friendly(item) for item in value]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, Enum) and not isinstance(value, int | str):
        return value.name
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, type) or callable(value):
        return f"{value.__module__}.{getattr(value, '__qualname__', type(value).__name__)}"
    # json refuses the rest of Python's own kinds, as wandb does; what is foreign is a text.
    return value if type(value).__module__ == "builtins" else str(value)
