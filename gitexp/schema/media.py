"""What a run logged last of pictures and tables, as much as a page about it shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from gitexp.schema.names import MEDIA

_PICTURES = ("png", "jpg", "jpeg", "gif", "webp", "svg")
_KEYS, _IN_LIST = 8, 4
_ROWS, _COLUMNS = 5, 8
_TABLE_BYTES = 4 * 1024 * 1024  # a larger one is not opened
_SPLIT, _CHART = "Custom Chart Tables/", "_table"


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture's file in the run's tree."""

    path: str
    caption: str = ""


@dataclass(frozen=True, slots=True)
class LoggedMedia:
    """The newest value of a key: pictures, or the first rows of a table."""

    key: str
    step: int
    pictures: tuple[Picture, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    path: str = ""  # of the table
    total: int = 0  # pictures or rows that there are


def newest_media(
    values: Mapping[str, tuple[int, Any]], read: Callable[[str], bytes | None]
) -> tuple[LoggedMedia, ...]:
    """What there is to show.

    Args:
        values: key → step and value, as they stand in metrics.jsonl.
        read: a file of the run's tree.
    """
    found: list[LoggedMedia] = []
    for key, (step, value) in values.items():
        if isinstance(value, Mapping) and len(found) < _KEYS:
            shown = _table(key, step, value, read) or _pictures(key, step, value)
            if shown is not None:
                found.append(shown)
    return tuple(found)


def _pictures(key: str, step: int, value: Mapping[str, Any]) -> LoggedMedia | None:
    items = value.get("items")
    listed = items if isinstance(items, list) else [value]
    pictures = tuple(_picture(item) for item in listed[:_IN_LIST])
    shown = tuple(picture for picture in pictures if picture is not None)
    return LoggedMedia(key, step, shown, total=len(listed)) if shown else None


def _picture(item: Any) -> Picture | None:
    if not isinstance(item, Mapping):
        return None
    if isinstance(preview := item.get("preview"), Mapping):  # a chart's
        item = preview
    path = item.get("path")
    if item.get("_type") not in ("image", "video") or not is_media_path(path):
        return None
    if str(path).rpartition(".")[2].lower() not in _PICTURES:
        return None
    return Picture(str(path), str(item.get("caption") or ""))


def _table(
    key: str, step: int, value: Mapping[str, Any], read: Callable[[str], bytes | None]
) -> LoggedMedia | None:
    path, size = value.get("path"), value.get("bytes", 0)
    if value.get("_type") != "table" or not is_media_path(path):
        return None
    if not isinstance(size, int) or size > _TABLE_BYTES:
        return None
    try:
        content = orjson.loads(read(str(path)) or b"")
    except orjson.JSONDecodeError:
        return None
    columns, data = content.get("columns"), content.get("data")
    if not isinstance(columns, list) or not isinstance(data, list) or not columns:
        return None
    rows = tuple(tuple(row[:_COLUMNS]) for row in data[:_ROWS] if isinstance(row, list))
    names = tuple(str(name) for name in columns[:_COLUMNS])
    return LoggedMedia(key, step, (), names, rows, str(path), max(len(data), _count(value)))


def _count(value: Mapping[str, Any]) -> int:
    count = value.get("nrows")
    return count if isinstance(count, int) else 0


def is_media_path(path: Any) -> bool:
    """Whether a path lies below media/ and leads nowhere else."""
    if not isinstance(path, str):
        return False
    parts = path.split("/")
    return parts[0] == MEDIA and len(parts) > 1 and not {"", ".", ".."} & set(parts)


def chart_key(key: str, *, split: bool = False) -> str:
    """The metric that a chart of `wandb.plot` is kept as."""
    return f"{_SPLIT if split else ''}{key}{_CHART}"


def logged_key(key: str) -> str:
    """The way back from `chart_key`; any other metric of a chart is its key."""
    return key.removeprefix(_SPLIT).removesuffix(_CHART)
