"""Media in an artifact: described as wandb does when it is added, made again from its files."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson

from gitexp.record.media._base import Media, MediaFolder
from gitexp.record.media.coerce import media_of
from gitexp.record.media.documents import Html, Molecule, Object3D
from gitexp.record.media.image import Image
from gitexp.record.media.sound import Audio, Video
from gitexp.record.media.table import JoinedTable, Table
from gitexp.record.media.tables import PartitionedTable
from gitexp.wandb.calls import Classes
from gitexp.wandb.saved_model import KINDS, SavedModel

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.artifact import Artifact

_OF_FILES = {
    "audio": Audio,
    "html": Html,
    "image": Image,
    "molecule": Molecule,
    "object3D": Object3D,
    "video": Video,
}
# Where wandb has the files of a kind; the others have its name.
_FOLDERS = {"image": "images", "video": "videos"}
# What gitexp says of a file, and wandb does not.
_OURS = ("bytes", "duration_s", "sample_rate")
_KINDS = (
    "table", *(f"{kind}-file" for kind in _OF_FILES), *_OF_FILES, "histogram", "plotly", "chart",
    "images", "partitioned-table", "joined-table", "classes", *KINDS,
)  # fmt: skip


def describe(value: Any, name: str, folder: Path) -> tuple[str, bytes, dict[str, Path]]:
    """What an artifact holds of media.

    Args:
        value: media, or what another library has for it.
        name: that it is added under.
        folder: an empty one, where its files are written.

    Returns:
        The path of its description, the description, and the files that it names by path.

    Raises:
        TypeError: it is no media.
    """
    if isinstance(value, Classes):
        told: dict[str, Any] = {"_type": "classes", "class_set": value.class_set}
        return _with_suffix(name, "classes"), _dumped(told), {}
    media = value if isinstance(value, Media) else media_of(value)
    if media is None:
        raise TypeError(f"add() takes media, not a {type(value).__name__}; add_file() takes files")
    told = media.keep(MediaFolder(folder), name)
    if told["_type"] == "table":
        table = folder / told["path"]
        rows = orjson.loads(table.read_bytes())
        table.unlink()
        size = {"ncols": len(rows["columns"]), "nrows": len(rows["data"])}
        told = {"_type": "table", **rows, **size, "log_mode": "IMMUTABLE"}
    files: dict[str, Path] = {}
    told = _as_wandb(told, folder, files)
    named = set(files.values())
    for file in sorted(path for path in (folder / "media").rglob("*") if path.is_file()):
        if file not in named:
            files[file.relative_to(folder).as_posix()] = file
    return _with_suffix(name, str(told["_type"])), _dumped(told), files


def describe_joined(
    value: JoinedTable, name: str, parts: Sequence[str]
) -> tuple[str, bytes, dict[str, Path]]:
    """As `describe`, of tables that are in the artifact under the paths `parts`."""
    told = {"_type": "joined-table", "join_key": value.join_key}
    told |= {f"table{n}": path for n, path in enumerate(parts, 1)}
    return _with_suffix(name, "joined-table"), _dumped(told), {}


def _as_wandb(told: Any, folder: Path, files: dict[str, Path]) -> Any:
    """Kinds and paths under wandb's names; collects the files by their new paths."""
    if isinstance(told, list):
        return [_as_wandb(item, folder, files) for item in told]
    if not isinstance(told, dict):
        return told
    kind, path = told.get("_type"), told.get("path")
    if kind not in _OF_FILES or not isinstance(path, str) or not (folder / path).is_file():
        return {key: _as_wandb(item, folder, files) for key, item in told.items()}
    file = folder / path
    digest = hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()[:20]
    named = f"media/{_FOLDERS.get(kind, kind)}/{digest}{''.join(_suffixes(file))}"
    files[named] = file
    kept = {key: item for key, item in told.items() if key not in _OURS}
    if kind == "image":
        kept["format"] = file.suffix.lstrip(".")
    return {
        **_as_wandb({**kept, "_type": "", "path": ""}, folder, files),
        "_type": f"{kind}-file",
        "path": named,
    }


def _suffixes(file: Path) -> Iterator[str]:
    """`.png`; `.pts.json`."""
    yield from file.suffixes[-2:]


def _with_suffix(name: str, kind: str) -> str:
    suffix = f".{kind}.json"
    return name if name.endswith(suffix) else f"{name}{suffix}"


def _dumped(told: Any) -> bytes:
    return json.dumps(told, sort_keys=True).encode()


def path_of(name: str, paths: Collection[str]) -> str | None:
    """The path of the media that was added under a name; None: there is none."""
    tried = (name, *(f"{name}.{kind}.json" for kind in _KINDS))
    return next((path for path in tried if path in paths and path.endswith(".json")), None)


def load_object(artifact: Artifact, name: str) -> Any:
    """The media that was added as `name`; None: there is none.

    What gitexp has no class for is the mapping that describes it.
    """
    found = path_of(name, artifact.manifest.entries)
    if found is None:
        return None
    (path,) = artifact.fetch_paths(None, [found])
    return _made(orjson.loads(path.read_bytes()), artifact)


def _made(told: Any, artifact: Artifact) -> Any:
    if not isinstance(told, dict):
        return told
    if told.get("_type") == "table":
        rows = [[_made(cell, artifact) for cell in row] for row in told.get("data", ())]
        return Table(columns=told.get("columns"), data=rows, allow_mixed_types=True)
    if told.get("_type") == "partitioned-table":
        top = str(told.get("parts_path"))
        entries = artifact.manifest.get_entries_in_directory(top)
        parts = [load_object(artifact, entry.path) for entry in entries]
        tables = [part for part in parts if isinstance(part, Table)]
        return PartitionedTable(top, tables)
    if told.get("_type") == "joined-table":
        one, other = (load_object(artifact, str(told.get(f"table{n}"))) for n in (1, 2))
        if isinstance(one, Table) and isinstance(other, Table):
            return JoinedTable(one, other, told.get("join_key") or ())
    if told.get("_type") == "classes":
        return Classes(told.get("class_set") or ())
    kind = str(told.get("_type")).removesuffix("-file")
    path = told.get("path")
    # A stranger may have named any path: only the artifact's own files count.
    if path not in artifact.manifest.entries:
        return told
    if told.get("_type") in KINDS:
        (file,) = artifact.fetch_paths(None, [path])
        model = SavedModel(str(told["_type"]), file.read_bytes())
        model.artifact = artifact
        return model
    make: Any = _OF_FILES.get(kind)
    if make is None:
        return told
    (file,) = artifact.fetch_paths(None, [path])
    return make(str(file), caption=told["caption"]) if told.get("caption") else make(str(file))
