"""What was logged, in the shape that wandb's readers know.

metrics.jsonl has types of its own, see docs/wandb.md; scripts that read a summary or a history
look for wandb's: `image-file`, `table-file`, …, with the paths of its files. Those are made here
of key, step and content, and `files` finds the run's own file again.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import zlib
from collections.abc import Mapping
from typing import Any

import orjson

from gitexp.schema.media import is_media_path

SUMMARY = "summary"  # the step of media that were put into the summary

# Type → wandb's type, and the folder of its files.
_FILES = {
    "audio": ("audio-file", "media/audio"),
    "bokeh": ("bokeh-file", "media/bokeh"),
    "graph": ("graph-file", "media/graph"),
    "html": ("html-file", "media/html"),
    "image": ("image-file", "media/images"),
    "mask": ("mask", "media/images/mask"),
    "molecule": ("molecule-file", "media/molecule"),
    "object3D": ("object3D-file", "media/object3D"),
    "plotly": ("plotly-file", "media/plotly"),
    "video": ("video-file", "media/videos"),
}
_TABLES = "media/table"
_BOXES = "media/metadata/boxes2D"
# Facts that both have.
_SAME = ("caption", "width", "height", "grouping")
_WHOLE_BELOW = 1e6
_HASH = 20  # letters of it in a file's name
_NAME = 128  # letters of an artifact's, at most


class Shapes:
    """The values of one run, as wandb has them.

    Attributes:
        files: the names that were given so far → the file in the run's tree, or its content.
    """

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self.files: dict[str, str | bytes] = {}

    def shown(self, value: Any, key: str, step: int | str) -> Any:
        """One value.

        Args:
            value: as it stands in metrics.jsonl or run.json.
            key: the metric.
            step: of its row; SUMMARY if it was put into the summary.
        """
        kind = type(value)
        if kind is float:
            return whole(value)
        if kind is list:
            return [self.shown(item, key, step) for item in value]
        if kind is not dict:
            return value
        told = value.get("_type")
        if not isinstance(told, str):
            return {name: self.shown(item, key, step) for name, item in value.items()}
        if told in ("table", "chart") and is_media_path(value.get("path")):
            return self._table(value, key, step)
        if told in _FILES and is_media_path(value.get("path")):
            return self._file(value, key, step)
        if isinstance(value.get("items"), list):
            return self._several(told, value["items"], key, step)
        if told == "histogram":
            return {**value, "bins": [whole(edge) for edge in value.get("bins") or ()]}
        return value

    def _file(self, value: Mapping[str, Any], key: str, step: int | str) -> dict[str, Any]:
        told, folder = _FILES[value["_type"]]
        shown = {name: value[name] for name in _SAME if name in value}
        shown |= {"_type": told, **self._facts(value, folder, key, step)}
        if told == "image-file":
            shown["format"] = str(value["path"]).rpartition(".")[2]
        if boxes := value.get("boxes"):
            shown["boxes"] = {n: self._boxes(box, key, step) for n, box in boxes.items()}
        if masks := value.get("masks"):
            shown["masks"] = {n: self.shown(mask, key, step) for n, mask in masks.items()}
        return shown

    def _facts(
        self, value: Mapping[str, Any], folder: str, key: str, step: int | str
    ) -> dict[str, Any]:
        own = str(value["path"])
        stem, _, suffix = own.rpartition("/")[2].partition(".")
        path = f"{folder}/{_safe(key)}_{step}_{stem}.{suffix}"
        self.files[path] = own
        return {"sha256": value.get("sha256", stem), "size": value.get("bytes"), "path": path}

    def _boxes(self, boxes: Any, key: str, step: int | str) -> dict[str, Any]:
        content = orjson.dumps(boxes)
        digest = hashlib.sha256(content).hexdigest()
        path = f"{_BOXES}/{_safe(key)}_{step}_{digest[:_HASH]}.boxes2D.json"
        self.files[path] = content
        return {"_type": "boxes2D", "sha256": digest, "size": len(content), "path": path}

    def _table(self, value: Mapping[str, Any], key: str, step: int | str) -> dict[str, Any]:
        if "joined" in value:
            return {
                "_type": "joined-table",
                "artifact_path": self._in_artifact(key, "joined-table"),
            }
        parts = value.get("parts")
        mode = str(value.get("log_mode") or "IMMUTABLE")
        shown = {
            "_type": "table-file" if parts is None else "incremental-table-file",
            "ncols": value.get("ncols"),
            "nrows": value.get("nrows"),
            "log_mode": mode,
            **self._facts(value, _TABLES, key, step),
            "artifact_path": self._in_artifact(key, "table"),
            "_latest_artifact_path": self._in_artifact(key, "table"),
        }
        if parts is not None:
            shown["increment_num"] = len(parts) - 1
            shown["previous_increments_paths"] = list(parts[:-1])
        return shown

    def _in_artifact(self, key: str, kind: str) -> str:
        name = table_artifact(self._run_id, key)
        return f"wandb-artifact://{name}:latest/{key}.{kind}.json"

    def _several(
        self, told: str, items: list[Any], key: str, step: int | str
    ) -> dict[str, Any] | list[Any]:
        each = [self.shown(item, key, step) for item in items]
        kinds = {one.get("_type") for one in each if isinstance(one, dict)}
        captions = [one.get("caption") for one in each if isinstance(one, dict)]
        listed = {"count": len(each)}
        if kinds == {"image-file"}:
            return {"_type": "images/separated", **listed, **_pictures(each, captions)}
        paths = [one.get("path") for one in each if isinstance(one, dict)]
        told_captions = captions if captions and captions[0] is not None else False
        if kinds == {"audio-file"}:
            rates = [item.get("sample_rate") for item in items]
            lengths = [item.get("duration_s") for item in items]
            shown = {"_type": "audio", **listed, "audio": each, "sampleRates": rates}
            shown["durations"] = lengths
            if any(caption is not None for caption in captions):
                shown["captions"] = [caption or "" for caption in captions]
            return shown
        if kinds == {"video-file"}:
            return {"_type": "videos", **listed, "videos": each, "captions": told_captions}
        if kinds == {"html-file"}:
            return {"_type": "html", **listed, "html": each}
        if kinds == {"object3D-file"}:
            names = [str(path).removeprefix("media/object3D/") for path in paths]
            return {"_type": "object3D", **listed, "filenames": names, "objects": each}
        if kinds == {"molecule-file"}:
            return {"_type": "molecule", **listed, "filenames": paths, "captions": told_captions}
        return each


def _pictures(each: list[dict[str, Any]], captions: list[Any]) -> dict[str, Any]:
    first = each[0]
    shown = {name: first.get(name) for name in ("width", "height", "format")}
    shown["filenames"] = [one["path"] for one in each]
    if captions[0] is not None:
        shown["captions"] = captions
    for name in ("masks", "boxes"):
        if any(name in one for one in each):
            shown[f"all_{name}"] = [one.get(name) for one in each]
    return shown


def whole(value: float) -> float | int:
    """A number as wandb's files have it: a small one without a fraction is an int."""
    return int(value) if -_WHOLE_BELOW < value < _WHOLE_BELOW and value.is_integer() else value


def table_artifact(run_id: str, key: str) -> str:
    """The name of the artifact that a logged table is in, too."""
    name = f"run-{run_id}-{key}"
    clean = re.sub(r"[^A-Za-z0-9_.-]+", "", name)
    if clean != name:  # two keys may be cleaned to the same
        checksum = zlib.crc32(name.encode()).to_bytes(4, "big")
        clean = f"{clean}-{base64.urlsafe_b64encode(checksum).decode().rstrip('=')}"
    return clean if len(clean) <= _NAME else f"{clean[: _NAME - 65]}..{clean[-63:]}"


def _safe(key: str) -> str:
    parts = key.lstrip(os.sep).split(os.sep)
    return os.sep.join(part.replace(".", "_") if part in (".", "..") else part for part in parts)
