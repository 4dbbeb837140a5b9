"""Logged media as a list for the app, and the type that each file is served as."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from gitexp.schema.media import logged_key
from gitexp.schema.names import MEDIA

MOST_ITEMS = 5_000
_MOST_IN_LIST = 64  # pictures that one call logged under one key

# What a browser may be told of a file, by the end of its name; anything else is only downloaded.
TYPES = {
    "png": "image/png",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "gif": "image/gif",
    "webp": "image/webp",
    "bmp": "image/bmp",
    "tiff": "image/tiff",
    "svg": "image/svg+xml",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "ogg": "audio/ogg",
    "flac": "audio/flac",
    "mp4": "video/mp4",
    "webm": "video/webm",
    "json": "application/json",
    "html": "text/html",
    "txt": "text/plain",
}
_UNKNOWN = "application/octet-stream"


def media_type(path: str) -> str:
    """The MIME type of a run's file, by the end of its name."""
    return TYPES.get(path.rpartition(".")[2].lower(), _UNKNOWN)


def media_items(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The media of rows of metrics.jsonl, in their order, lists of media taken apart.

    Returns:
        Objects as they were logged, with `_type` as `type`, and with `key`, `step` and `time_s`;
        `index` tells those apart that were logged as a list. Each has its `path`, but for
        histograms. What has none below media/ is left out, and so is what comes after MOST_ITEMS.
    """
    found: list[dict[str, Any]] = []
    for row in rows:
        step, time_s = row.get("_step"), row.get("_time")
        if not isinstance(step, int) or isinstance(step, bool):
            continue
        place = {"step": step, "time_s": time_s if isinstance(time_s, int | float) else None}
        for key, value in row.items():
            for index, item in enumerate(_single(value)):
                if len(found) >= MOST_ITEMS:
                    return found
                shown = logged_key(key) if item["_type"] == "chart" else key
                found.append(_item({"key": shown, **place, "index": index}, item))
    return found


def _single(value: Any) -> Iterator[Mapping[str, Any]]:
    if not isinstance(value, Mapping) or not isinstance(value.get("_type"), str):
        return
    items = value.get("items")
    for item in items[:_MOST_IN_LIST] if isinstance(items, list) else [value]:
        if not isinstance(item, Mapping) or not isinstance(item.get("_type"), str):
            continue
        shown = _seen(item)
        if is_media_path(shown.get("path")) or shown["_type"] == "histogram":
            yield shown


def _seen(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """A chart's picture, where it has one, else the item itself."""
    preview = item.get("preview")
    if isinstance(preview, Mapping) and isinstance(preview.get("_type"), str):
        return preview
    return item


def _item(place: dict[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    told = {k: v for k, v in item.items() if k not in ("_type", "key", "step", "type", "index")}
    if not is_media_path(told.get("path")):
        told.pop("path", None)
    masks = told.get("masks")
    if isinstance(masks, Mapping):
        told["masks"] = {
            name: mask
            for name, mask in masks.items()
            if isinstance(mask, Mapping) and is_media_path(mask.get("path"))
        }
    return {**place, "type": item["_type"], **told}


def is_media_path(path: object) -> bool:
    """Whether a path lies below media/ and leads nowhere else."""
    if not isinstance(path, str) or "\0" in path or "\\" in path:
        return False
    parts = path.split("/")
    return parts[0] == MEDIA and len(parts) > 1 and not {"", ".", ".."} & set(parts)


def paths_of(item: Mapping[str, Any]) -> Iterator[str]:
    """The files that an item of `media_items` needs."""
    if is_media_path(item.get("path")):
        yield item["path"]
    masks = item.get("masks")
    if isinstance(masks, Mapping):
        for mask in masks.values():
            if isinstance(mask, Mapping) and is_media_path(mask.get("path")):
                yield mask["path"]
