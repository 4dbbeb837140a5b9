"""Tables that a run logged, as the artifacts that wandb makes of them.

Nothing is stored for it: an artifact `run-<id>-<key>` is put together of the run's media when
somebody asks for its files.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from gitexp.query.app.files import media_rows
from gitexp.query.artifacts import FoundArtifact, split
from gitexp.query.runs import Found, Runs
from gitexp.query.view import read_run_file
from gitexp.schema import clock
from gitexp.schema.artifact import LATEST, ArtifactEntry, FileEntry, version_number
from gitexp.schema.media import is_media_path
from gitexp.store.artifacts import write_artifact
from gitexp.store.repository import Repository
from gitexp.wandb.artifacts.artifact import Artifact
from gitexp.wandb.artifacts.internal import InternalArtifact
from gitexp.wandb.artifacts.logged import Logged
from gitexp.wandb.public import fields
from gitexp.wandb.shapes import table_artifact

_TYPE, _PARTS_TYPE = "run_table", "wandb-run-incremental-table"


@dataclass(frozen=True, slots=True)
class RunTable:
    """A table in a run, as a version of an artifact.

    Attributes:
        run: that logged it.
        key: the metric.
        told: what stands in metrics.jsonl.
        name: of the artifact.
        version: its number.
        time_s: when it was logged, since the epoch.
        is_newest: of all versions of the name.
        is_again: whether the same table had been logged under another key before.
    """

    run: Found
    key: str
    told: Mapping[str, Any]
    name: str
    version: int
    time_s: float
    is_newest: bool
    is_again: bool

    @property
    def type(self) -> str:
        """The artifact's."""
        return _PARTS_TYPE if "parts" in self.told else _TYPE


def tables_of(repo: Repository, run: Found) -> list[RunTable]:
    """The tables that a run logged, in that order; one that is logged again is one version."""
    run_id = fields.id_of(run.peek())
    found: dict[str, dict[Any, RunTable]] = {}
    first: dict[Any, str] = {}
    for key, told, time_s in _logged(repo, run):
        name = table_artifact(run_id, f"incr-{key}" if "parts" in told else key)
        versions, content = found.setdefault(name, {}), told.get("sha256", told["path"])
        again = "parts" not in told and first.setdefault(content, key) != key
        table = RunTable(run, key, told, name, len(versions), time_s, False, again)
        versions.setdefault(content, table)
    return [
        replace(table, is_newest=table.version == len(versions) - 1)
        for versions in found.values()
        for table in versions.values()
    ]


def _logged(repo: Repository, run: Found) -> Iterator[tuple[str, dict[str, Any], float]]:
    """Key, description and time of each table, those in the summary last."""
    facts = run.peek()
    began = clock.from_iso(facts["created_at"])
    for values in (*media_rows(repo, run), facts.get("summary") or {}):
        time_s = values.get("_time")
        for key, told in values.items():
            if not isinstance(told, dict) or told.get("_type") not in ("table", "chart"):
                continue
            if is_media_path(told.get("path")):
                yield key, told, time_s if isinstance(time_s, int | float) else began


def tables_logged_by(repo: Repository, run: Found) -> list[Artifact]:
    """The same as artifacts; those that wandb would have logged."""
    return [table_of(repo, table) for table in tables_of(repo, run) if not table.is_again]


def find_table(repo: Repository, text: str, type: str | None = None) -> Artifact | None:
    """The version that `run-<id>-<key>:<alias>` means; None: no run logged such a table."""
    name, alias = split(text)
    if not name.startswith("run-"):
        return None
    for table in _named(repo, name):
        known = (f"v{table.version}", LATEST if table.is_newest else None)
        number = version_number(alias)
        if alias in known or number == table.version:
            return table_of(repo, table) if type in (None, table.type) else None
        if number is None and alias != LATEST and alias == (found := table_of(repo, table)).digest:
            return found
    return None


def _named(repo: Repository, name: str) -> Iterator[RunTable]:
    with Runs(repo) as runs:
        for run in runs.scan():
            if run.error is None and name.startswith(f"run-{fields.id_of(run.peek())}-"):
                yield from (table for table in tables_of(repo, run) if table.name == name)


def table_of(repo: Repository, table: RunTable) -> Artifact:
    """The artifact of a table; its files are put together when they are asked for."""
    artifact = InternalArtifact(table.name, table.type)
    artifact.take(_LoggedTable(artifact, repo, table))
    return artifact


class _LoggedTable(Logged):
    """A version that is made of a run's media."""

    def __init__(self, artifact: Artifact, repo: Repository, table: RunTable) -> None:
        super().__init__(artifact, repo, table.name)
        self._table = table

    @property
    def title(self) -> str:
        """`name:v0`."""
        return f"{self.name}:v{self._table.version}"

    def settle(self, timeout: float | None = None) -> None:
        """Put it together."""
        if self._found is None:
            self._found = _made(self.repo, self._table)
            self._tell(self._found)


def _made(repo: Repository, table: RunTable) -> FoundArtifact:
    with tempfile.TemporaryDirectory(prefix="gitexp-table-") as folder:
        contents = dict(_contents(repo, table))
        entries = []
        for at, (path, content) in enumerate(contents.items()):
            file = Path(folder) / str(at)
            file.write_bytes(content)
            entries.append((FileEntry(path, "", len(content)), file))
        written = write_artifact(repo, entries)
    created_at = clock.to_iso(table.time_s)
    aliases = (LATEST,) if table.is_newest else ()
    entry = ArtifactEntry(
        table.name,
        table.type,
        table.version,
        written.digest,
        written.bytes,
        written.files,
        created_at,
        aliases=dict.fromkeys(aliases, created_at),
    )
    return FoundArtifact(entry, table.run, aliases, written.tree, (table.run.name,))


def _contents(repo: Repository, table: RunTable) -> Iterator[tuple[str, bytes]]:
    """The artifact's files by path."""
    told, key = table.told, table.key
    if "parts" in told:
        for at, part in enumerate(told["parts"]):
            yield from _one(repo, table.run, part, f"{at}-{int(table.time_s * 1000)}.{key}")
    elif "joined" in told:
        names = [f"media/tables/{part['path'].rpartition('/')[2]}" for part in told["joined"]]
        joined = {"_type": "joined-table", "join_key": told.get("join_key")}
        joined |= {f"table{at}": name for at, name in enumerate(names, 1)}
        yield f"{key}.joined-table.json", orjson.dumps(joined)
        for part, name in zip(told["joined"], names, strict=True):
            yield from _one(repo, table.run, part["path"], name.removesuffix(".table.json"))
    else:
        yield from _one(repo, table.run, str(told["path"]), key)


def _one(repo: Repository, run: Found, path: str, name: str) -> Iterator[tuple[str, bytes]]:
    """A table as `<name>.table.json`, and the media of its cells."""
    content = read_run_file(repo, run, path) if is_media_path(path) else None
    if content is None:
        return
    rows = orjson.loads(content)
    size = {"ncols": len(rows.get("columns", ())), "nrows": len(rows.get("data", ()))}
    yield f"{name}.table.json", orjson.dumps({"_type": "table", **rows, **size})
    for cell in (cell for row in rows.get("data", ()) for cell in row):
        for media in _paths(cell):
            if (file := read_run_file(repo, run, media)) is not None:
                yield media, file


def _paths(cell: Any) -> Iterator[str]:
    if isinstance(cell, dict):
        if is_media_path(cell.get("path")):
            yield cell["path"]
        for below in cell.values():
            yield from _paths(below)
    elif isinstance(cell, list):
        for below in cell:
            yield from _paths(below)
