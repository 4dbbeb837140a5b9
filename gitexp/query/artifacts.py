"""Which version of which artifact a text means, over all runs that this repository knows."""

from __future__ import annotations

import difflib
import re
import time
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from gitexp.errors import ArtifactNotFound
from gitexp.journal import folders
from gitexp.journal.artifact_fold import fold_artifacts
from gitexp.query.runs import Found, Runs
from gitexp.schema.artifact import (
    LATEST,
    ArtifactEntry,
    UsedArtifact,
    alias_holders,
    number_versions,
    version_number,
)

_WAIT_S = 30.0


@dataclass(frozen=True, slots=True)
class FoundArtifact:
    """A version that was looked up.

    Attributes:
        entry: what the run says that logged it first, under the number that it has now.
        run: that run.
        aliases: all that it has.
        tree: its folder in git: an oid, or `<commit>:<path>`.
        runs: names of all runs that logged it.
    """

    entry: ArtifactEntry
    run: Found
    aliases: tuple[str, ...]
    tree: str
    runs: tuple[str, ...]

    @property
    def title(self) -> str:
        """`model:v3`."""
        return self.entry.title


class Artifacts:
    """All artifacts at one moment.

    Args:
        runs: where to look.
    """

    def __init__(self, runs: Runs) -> None:
        self._runs = runs

    @cached_property
    def _logged(self) -> dict[str, list[tuple[ArtifactEntry, Found, str]]]:
        """By name: each version that a run logged, the run, where its files are."""
        found: dict[str, list[tuple[ArtifactEntry, Found, str]]] = {}
        for run in self._runs.scan():
            trees: dict[tuple[str, str], str] = {}
            entries = _entries(run)
            if run.journal is not None and (fold := fold_artifacts(run.journal)) is not None:
                # Stored, and perhaps not yet reached by the run's ref.
                trees, entries = fold.trees, list(fold.entries.values())
            for entry in entries:
                tree = trees.get((entry.name, entry.digest)) or f"{run.oid}:{entry.folder}"
                found.setdefault(entry.name, []).append((entry, run, tree))
        return found

    def names(self) -> list[str]:
        """All names, sorted."""
        return sorted(self._logged)

    def versions(self, name: str) -> list[FoundArtifact]:
        """The versions of one name, the oldest number first; [] if there is no such name."""
        logged = self._logged.get(name, [])
        numbers = number_versions(entry for entry, _, _ in logged)
        renumbered = [(replace(e, version=numbers[e.digest]), run, t) for e, run, t in logged]
        holders = alias_holders([entry for entry, _, _ in renumbered])
        found = []
        for digest, number in sorted(numbers.items(), key=lambda row: row[1]):
            same = [row for row in renumbered if row[0].digest == digest]
            # Runs come newest first; it is the oldest that made the version.
            first, run, tree = min(same, key=lambda row: (row[0].created_at, row[1].name))
            newest = max(same, key=lambda row: row[0].created_at)[0]
            entry = replace(
                first,
                description=newest.description,
                metadata=newest.metadata,
                tags=tuple(dict.fromkeys(tag for e, _, _ in same for tag in e.tags)),
            )
            aliases = tuple(alias for alias, held in holders.items() if held == number)
            names = tuple(run.name for _, run, _ in same)
            found.append(FoundArtifact(entry, run, aliases, tree, names))
        return found

    def resolve(self, text: str, type: str | None = None) -> FoundArtifact:
        """The version that `name:alias` means.

        Args:
            text: `name` (its latest), `name:v3`, `name:alias`, `name@digest`; folders before the
                name are an entity and a project, which say nothing here.
            type: what it must be.

        Raises:
            ArtifactNotFound: there is none.
        """
        base, alias = split(text)
        versions = self.versions(base)
        if not versions:
            near = difflib.get_close_matches(base, self.names(), 3)
            raise ArtifactNotFound(text, f"nothing is called {base!r}", near)
        number = version_number(alias)
        for version in versions:
            entry = version.entry
            if alias in version.aliases or entry.version == number or alias == entry.digest:
                if type is not None and type != entry.type:
                    why = f"its type is {entry.type!r}, not {type!r}"
                    raise ArtifactNotFound(text, why)
                return version
        known = [v.title for v in versions[-3:]] + [
            f"{base}:{a}" for v in versions for a in v.aliases
        ]
        raise ArtifactNotFound(text, f"it has no version {alias!r}", known[-5:])

    def logged_by(self, run: Found) -> list[FoundArtifact]:
        """What a run logged, the oldest first."""
        keys = [(entry.name, entry.digest) for entry in _entries(run)]
        found = {
            (v.entry.name, v.entry.digest): v
            for name in dict.fromkeys(name for name, _ in keys)
            for v in self.versions(name)
        }
        return [found[key] for key in keys if key in found]

    def users_of(self, version: FoundArtifact) -> list[Found]:
        """The runs that read it, newest first."""
        return [
            run
            for run in self._runs.scan()
            if any(
                (used.name, used.digest) == (version.entry.name, version.entry.digest)
                for used in used_by(run)
            )
        ]


def split(text: str) -> tuple[str, str]:
    """Name and alias (or digest) of what people write; what no name can have becomes a dash."""
    last = text.removeprefix("wandb-artifact://").rstrip("/").rpartition("/")[2]
    name, alias = last, LATEST
    for mark in (":", "@"):
        name, found, given = last.partition(mark)
        if found:
            alias = given or LATEST
            break
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name), alias


def _entries(run: Found) -> list[ArtifactEntry]:
    told = run.peek().get("artifacts") if run.error is None else None
    return [ArtifactEntry.from_json(entry) for entry in told or ()]


def used_by(run: Found) -> list[UsedArtifact]:
    """What a run read."""
    told = (run.peek().get("lineage") or {}).get("used") if run.error is None else None
    return [UsedArtifact.from_json(entry) for entry in told or ()]


def await_stored(common_dir: Path, name: str, limit_s: float = _WAIT_S) -> bool:
    """Wait while a running run has logged something of a name that is not in git yet.

    Returns:
        Whether nothing waits any more.
    """
    deadline = time.monotonic() + limit_s
    while _waits(common_dir, name):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def await_links(common_dir: Path, source: str) -> None:
    """Wait while a running run has given a version (`name:v3`) another name that is not in git."""
    folds = [fold_artifacts(folder) for folder in folders.live_journals(common_dir)]
    waiting = [event for fold in folds if fold for event in fold.waiting.values()]
    for name in {event["name"] for event in waiting if event.get("source") == source}:
        await_stored(common_dir, name)


def _waits(common_dir: Path, name: str) -> bool:
    folds = (fold_artifacts(folder) for folder in folders.live_journals(common_dir))
    return any(event["name"] == name for fold in folds if fold for event in fold.waiting.values())
