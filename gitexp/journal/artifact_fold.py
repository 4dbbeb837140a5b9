"""The artifacts of one run, as far as its journal tells of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from gitexp.journal import events, folders
from gitexp.journal.tail import LineTail
from gitexp.schema import clock
from gitexp.schema.artifact import LATEST, ArtifactEntry, UsedArtifact
from gitexp.schema.run import Run

Key = tuple[str, str]  # name, digest


class ArtifactFold:
    """What a run logged and used; what it logged has no version before it is in git.

    Attributes:
        entries: versions by name and digest, the oldest first.
        trees: oid of the folder of each that was stored since the journal began.
        waiting: spool folder → the event that announced it, not stored yet.
        stored: spool folder → name and digest.
        used: what was read, each once.
    """

    def __init__(self, start: Run) -> None:
        self.entries: dict[Key, ArtifactEntry] = {(a.name, a.digest): a for a in start.artifacts}
        self.trees: dict[Key, str] = {}
        self.waiting: dict[str, Mapping[str, Any]] = {}
        self.stored: dict[str, Key] = {}
        self.used: dict[tuple[str, int, str | None], UsedArtifact] = {
            (used.name, used.version, used.use_as): used for used in start.lineage.used
        }

    def take(self, event: Mapping[str, Any]) -> None:
        """Take in one of the events that speak of artifacts."""
        kind = event["type"]
        if kind == events.ARTIFACT:
            self.waiting[event["folder"]] = event
        elif kind == events.ARTIFACT_STORED:
            self._store(event)
        elif kind == events.ARTIFACT_CHANGED:
            self._change(event)
        elif kind == events.USED:
            told = {**event["artifact"], "used_at": clock.to_iso(event["_time"])}
            used = UsedArtifact.from_json(told)
            self.used.setdefault((used.name, used.version, used.use_as), used)

    def _store(self, event: Mapping[str, Any]) -> None:
        said = self.waiting.pop(event["folder"], None)
        if said is None:
            return
        key = said["name"], event["digest"]
        at = clock.to_iso(said["_time"])
        aliases = dict.fromkeys((LATEST, *(said.get("aliases") or ())), at)
        known = self.entries.pop(key, None)
        entry = known or ArtifactEntry(
            said["name"],
            said["artifact_type"],
            event["version"],
            event["digest"],
            event["bytes"],
            event["files"],
            at,
            source=said.get("source"),
        )
        self.entries[key] = replace(
            entry,
            description=said.get("description") or entry.description,
            metadata=said.get("metadata") or entry.metadata,
            aliases={**entry.aliases, **aliases},
            tags=tuple(dict.fromkeys((*entry.tags, *(said.get("tags") or ())))),
            ttl_days=said.get("ttl_days", entry.ttl_days),
        )
        self.trees[key] = event["tree"]
        self.stored[event["folder"]] = key

    def _change(self, event: Mapping[str, Any]) -> None:
        key = event["name"], event["digest"]
        if key in self.entries:
            told = {**self.entries[key].to_json(), **event["values"]}
            self.entries[key] = ArtifactEntry.from_json(told)


def fold_artifacts(folder: Path) -> ArtifactFold | None:
    """The artifacts of a journal, read from its events alone; None: there is no such journal."""
    start = folders.read_json(folder / folders.RUN)
    if start is None:
        return None
    try:
        fold = ArtifactFold(Run.from_json(start))
    except ValueError:
        return None
    for event in LineTail(folder / folders.EVENTS).objects():
        if event.get("type") in events.OF_ARTIFACTS:
            fold.take(event)
    return fold
