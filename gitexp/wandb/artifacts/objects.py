"""Media that were added to an artifact, made again from its files."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import orjson

from gitexp.record.media.documents import Html, Molecule, Object3D
from gitexp.record.media.image import Image
from gitexp.record.media.sound import Audio, Video
from gitexp.record.media.table import JoinedTable, Table
from gitexp.record.media.tables import PartitionedTable

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


_KINDS = (
    "table", *_OF_FILES, "histogram", "plotly", "chart", "images", "partitioned-table",
    "joined-table", "classes",
)  # fmt: skip


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
        return Table(columns=told.get("columns"), data=rows)
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
    kind: Any = _OF_FILES.get(str(told.get("_type")))
    path = told.get("path")
    # A stranger may have named any path: only the artifact's own files count.
    if kind is None or path not in artifact.manifest.entries:
        return told
    (file,) = artifact.fetch_paths(None, [path])
    return kind(str(file), caption=told["caption"]) if told.get("caption") else kind(str(file))
