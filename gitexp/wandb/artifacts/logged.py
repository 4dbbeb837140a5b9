"""A version of an artifact: on its way from a journal into git, or there."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gitexp.errors import ArtifactNotFound, GitexpError
from gitexp.journal.artifact_fold import fold_artifacts
from gitexp.journal.wake import wake
from gitexp.query.artifacts import Artifacts, FoundArtifact
from gitexp.query.runs import Runs
from gitexp.record import annotate
from gitexp.schema import clock
from gitexp.schema.artifact import ArtifactEntry, FileEntry, UsedArtifact
from gitexp.schema.names import ref_of
from gitexp.store.artifacts import StoredArtifact
from gitexp.store.repository import Repository
from gitexp.wandb.artifacts.exceptions import WaitTimeoutError
from gitexp.wandb.public.fields import UNCATEGORIZED

if TYPE_CHECKING:
    from gitexp.wandb.artifacts.facts import ArtifactFacts

_WAIT_S = 600.0


class Logged:
    """What an `Artifact` knows of itself once it is logged.

    Args:
        artifact: is told what git says of it as soon as that is known.
        repo: where it is, or will be.
        name: without a version.
        found: the version; None: it waits in a journal.
        journal: where it waits.
        spool: its folder there.
    """

    def __init__(
        self,
        artifact: ArtifactFacts,
        repo: Repository,
        name: str,
        found: FoundArtifact | None = None,
        *,
        journal: Path | None = None,
        spool: str = "",
    ) -> None:
        self.repo = repo
        self.name = name
        self._artifact = artifact
        self._journal, self._spool = journal, spool
        self._found = found
        if found is not None:
            self._tell(found)

    @property
    def found(self) -> FoundArtifact:
        """The version; waits until there is one."""
        self.settle()
        assert self._found is not None
        return self._found

    @property
    def known(self) -> bool:
        """Whether it has a version by now."""
        return self._found is not None

    @property
    def title(self) -> str:
        """`name:v3`, or the name alone while it waits."""
        return self._found.title if self._found is not None else self.name

    @property
    def entity(self) -> str:
        """Of the run that logged it."""
        return str(self._capture.get("entity") or "")

    @property
    def project(self) -> str:
        """Of the run that logged it."""
        return str(self._capture.get("project") or UNCATEGORIZED)

    @property
    def url(self) -> str:
        """The repository, the run's ref, and the path in its tree."""
        found = self.found
        place = f"{ref_of(found.run.name)}:{found.entry.folder}"
        return f"{self.repo.common_dir.as_uri()}#{place}"

    @cached_property
    def entries(self) -> dict[str, FileEntry]:
        """Its files and references by path."""
        with self.open() as stored:
            return stored.entries

    def open(self) -> StoredArtifact:
        """Its files, to be closed after use."""
        return StoredArtifact(self.repo, self.found.tree)

    def settle(self, timeout: float | None = None) -> None:
        """Wait until it has a version.

        Raises:
            WaitTimeoutError: it takes longer than `timeout` seconds.
            GitexpError: it was lost.
        """
        limit_s = _WAIT_S if timeout is None else timeout
        deadline = time.monotonic() + limit_s
        while self._found is None:
            digest = self._stored_digest()
            if digest is not None:
                self._look_up(digest)
                return
            if time.monotonic() > deadline:
                raise WaitTimeoutError(
                    f"artifact {self.name} is not in git after {limit_s:g} s",
                    "it gets there in the background",
                )
            assert self._journal is not None
            wake(self._journal)
            time.sleep(0.02)

    def save(
        self,
        aliases: Sequence[str],
        tags: Sequence[str],
        description: str | None,
        metadata: Mapping[str, Any],
        ttl_days: int | None,
    ) -> None:
        """Store what was changed of a version's facts, as a commit on the run's chain."""
        found = self.found
        now = clock.to_iso(time.time())
        added = dict.fromkeys(set(aliases) - set(found.aliases), now)
        dropped = dict.fromkeys(set(found.aliases) - set(aliases), now)

        def change(entry: ArtifactEntry) -> dict[str, Any]:
            return {
                "description": description,
                "tags": tuple(tags),
                "metadata": dict(metadata),
                "ttl_days": ttl_days,
                "aliases": {**entry.aliases, **added},
                "dropped_aliases": {**entry.dropped_aliases, **dropped},
            }

        annotate.change_artifact(self.repo, found.run.name, self.name, found.entry.digest, change)
        self._look_up(found.entry.digest)

    def used(self, use_as: str | None = None) -> UsedArtifact:
        """What a run's lineage says that reads it now."""
        found = self.found
        entry = found.entry
        return UsedArtifact(
            name=entry.name,
            type=entry.type,
            version=entry.version,
            digest=entry.digest,
            run=found.run.name,
            id=found.run.id,
            used_at=clock.to_iso(time.time()),
            use_as=use_as,
        )

    def delete(self) -> None:
        """Take it out of all runs that logged it."""
        found = self.found
        for name in found.runs:
            annotate.remove_artifact(self.repo, name, self.name, found.entry.digest)

    def logged_by(self) -> Any:
        """The run, as the Api gives it."""
        from gitexp.wandb.public.api import Api

        return Api(repo=self.repo).of_found(self.found.run)

    def used_by(self) -> list[Any]:
        """The runs that read it, as the Api gives them."""
        from gitexp.wandb.public.api import Api

        with Runs(self.repo) as runs:
            users = Artifacts(runs).users_of(self.found)
        return [Api(repo=self.repo).of_found(run) for run in users]

    @property
    def _capture(self) -> Mapping[str, Any]:
        told = self.found.run.peek().get("capture") or {}
        wandb = told.get("wandb")
        return wandb if isinstance(wandb, dict) else {}

    def _stored_digest(self) -> str | None:
        assert self._journal is not None
        fold = fold_artifacts(self._journal)
        if fold is None:
            raise GitexpError(f"artifact {self.name}: its run ended before it was stored")
        key = fold.stored.get(self._spool)
        return None if key is None else key[1]

    def _look_up(self, digest: str) -> None:
        with Runs(self.repo) as runs:
            for version in Artifacts(runs).versions(self.name):
                if version.entry.digest == digest:
                    self._found = version
                    self._tell(version)
                    return
        raise ArtifactNotFound(self.name, "it was stored, and is gone")

    def _tell(self, found: FoundArtifact) -> None:
        self._artifact.take_facts(found.entry, found.aliases)
