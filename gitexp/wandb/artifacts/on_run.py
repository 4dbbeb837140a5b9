"""What a run does with artifacts: log them, use them, link them."""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from gitexp.errors import ArtifactNotFound, GitexpError, UsageError
from gitexp.journal import events
from gitexp.journal.artifact_spool import spool_artifact
from gitexp.journal.wake import wake
from gitexp.query.artifacts import Artifacts, FoundArtifact, await_stored, split
from gitexp.query.runs import Runs
from gitexp.record.active import ActiveRun
from gitexp.record.guard import report, warn
from gitexp.schema.artifact import LATEST, version_number
from gitexp.store.repository import Repository
from gitexp.wandb.artifacts.artifact import Artifact
from gitexp.wandb.artifacts.logged import Logged

_FINISH_WAIT_S = 60.0
_numbers = itertools.count(1)


class RunArtifacts:
    """The artifacts of one active run.

    Logging never raises; it copies files into the journal, and the supervisor brings them into
    git. Using an artifact reads the repository, and raises what is not there.
    """

    def __init__(self, run: ActiveRun) -> None:
        self._run = run
        self._waiting: list[Logged] = []

    @cached_property
    def _repo(self) -> Repository:
        return Repository.open(self._run.folder.parent)

    def log(
        self,
        artifact_or_path: Artifact | str | os.PathLike[str],
        name: str | None = None,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        tags: Sequence[str] | None = None,
    ) -> Artifact:
        """Log a version; content that the name has had already gets no new one.

        Args:
            artifact_or_path: an Artifact, or a file or folder.
            name: of the artifact, where a path is given.
            type: see `name`.
            aliases: names for this version; it always gets `latest` too.
            tags: words to find the version by.

        Returns:
            The artifact; its version is known after `wait()`.
        """
        artifact = self._made(artifact_or_path, name, type or "unspecified")
        artifact.tags = [*artifact.tags, *(tags or ())]
        try:
            self._log(artifact, aliases)
        except Exception as error:  # noqa: BLE001 - a training never stops for its tracker
            report(error, "log_artifact()")
        return artifact

    def use(
        self,
        artifact_or_name: Artifact | str,
        type: str | None = None,
        aliases: Sequence[str] | None = None,
        use_as: str | None = None,
    ) -> Artifact:
        """Find a version and note that this run reads it.

        Args:
            artifact_or_name: `name:alias`, `name:v3`, or an artifact; a draft is logged first.
            type: what it must be.
            aliases: for a draft that is logged.
            use_as: what the run uses it as.

        Raises:
            ArtifactNotFound: there is none.
        """
        if isinstance(artifact_or_name, Artifact):
            artifact = artifact_or_name
            if artifact.is_draft():
                self._log(artifact, aliases)
            artifact.wait()
        else:
            artifact = find_artifact(self._repo, artifact_or_name, type)
        self._note_use(artifact, use_as)
        return artifact

    def link(
        self,
        artifact: Artifact,
        target_path: str,
        aliases: Sequence[str] | None = None,
    ) -> Artifact:
        """Give a version another name, e.g. of a model registry.

        Args:
            artifact: a draft is logged first.
            target_path: `entity/registry/name`; only its last part counts.
            aliases: names for the version under the other name.
        """
        try:
            if artifact.is_draft():
                self._log(artifact, None)
            linked = self._link(artifact, target_path, aliases)
        except Exception as error:  # noqa: BLE001 - as for log_artifact
            report(error, "link_artifact()")
            return artifact
        return linked

    def use_model(self, name: str) -> str:
        """Download a model; returns the file, or the folder if there are several.

        Raises:
            ArtifactNotFound: there is none.
            UsageError: it is no model.
        """
        artifact = self.use(name)
        if "model" not in artifact.type.lower():
            raise UsageError(
                f"{artifact.name} is of the type {artifact.type!r}",
                "use_model() is for those whose type has 'model' in it; use_artifact() for others",
            )
        folder = artifact.download()
        paths = list(artifact.manifest.entries)
        return os.path.join(folder, paths[0]) if len(paths) == 1 else folder

    # ------------------------------------------------------------------------------------------

    def _made(
        self, source: Artifact | str | os.PathLike[str], name: str | None, type: str
    ) -> Artifact:
        if isinstance(source, Artifact):
            return source
        text = os.fspath(source)
        path = Path(text.removeprefix("file://"))
        default = f"run-{self._run.id}-{path.name or 'files'}"
        artifact = Artifact(name or re.sub(r"[^A-Za-z0-9_.-]", "", default), type)
        if text.startswith("file://") or "://" in text:
            artifact.add_reference(text)
        elif path.is_dir():
            artifact.add_dir(path)
        else:
            artifact.add_file(path)
        return artifact

    def _log(self, artifact: Artifact, aliases: Sequence[str] | None) -> None:
        if self._run.ended:
            warn("log_artifact() after the run has finished: nothing is recorded")
            return
        if artifact.logged is not None:
            self._announce_stored(artifact, artifact.announcement(), aliases)
            return
        if artifact.incremental:
            self._take_newest(artifact)
        told = artifact.announcement()
        spool = f"{os.getpid()}-{next(_numbers):06d}-{told['name']}"
        spool_artifact(self._run.folder, spool, artifact.staged)
        self._run.say(events.ARTIFACT, folder=spool, aliases=_plain(aliases), **told)
        wake(self._run.folder)
        artifact.take(self._wait_for(artifact, told["name"], spool))

    def _take_newest(self, artifact: Artifact) -> None:
        """A draft that adds to the newest version begins with its files, if there is one."""
        try:
            newest = find_artifact(self._repo, f"{artifact.source_name}:{LATEST}", artifact.type)
        except ArtifactNotFound:
            return
        assert newest.logged is not None
        artifact.take_files(newest.logged)

    def _announce_stored(
        self, artifact: Artifact, told: dict[str, Any], aliases: Sequence[str] | None
    ) -> str:
        """Log what is in git already, under its own or another name; returns the spool's name."""
        assert artifact.logged is not None
        entry = artifact.logged.found.entry
        spool = f"{os.getpid()}-{next(_numbers):06d}-{told['name']}"
        self._run.say(
            events.ARTIFACT,
            folder=spool,
            aliases=_plain(aliases),
            tree=self._tree_of(artifact),
            digest=entry.digest,
            bytes=entry.bytes,
            files=entry.files,
            **told,
        )
        wake(self._run.folder)
        return spool

    def _tree_of(self, artifact: Artifact) -> str:
        return self._repo.git("rev-parse", "-q", "--verify", artifact.commit_hash).decode().strip()

    def _link(
        self, artifact: Artifact, target_path: str, aliases: Sequence[str] | None
    ) -> Artifact:
        name, alias = split(target_path)
        told = {**artifact.announcement(), "name": name, "source": artifact.wait().name}
        wanted = [*(aliases or ()), *([alias] if alias != LATEST else [])]
        spool = self._announce_stored(artifact, told, wanted)
        linked = Artifact(name, artifact.type)
        linked.take(self._wait_for(linked, name, spool))
        return linked

    def _wait_for(self, artifact: Artifact, name: str, spool: str) -> Logged:
        logged = Logged(artifact, self._repo, name, journal=self._run.folder, spool=spool)
        if not self._waiting:
            self._run.before_end(self._settle)
        self._waiting.append(logged)
        return logged

    def _settle(self) -> None:
        """The journal, which tells what became of them, goes when the run has ended."""
        for logged in self._waiting:
            try:
                logged.settle(_FINISH_WAIT_S)
            except GitexpError as error:
                report(error, "log_artifact()")
                return

    def _note_use(self, artifact: Artifact, use_as: str | None) -> None:
        assert artifact.logged is not None
        used = artifact.logged.used(use_as or artifact.use_as)
        self._run.say(events.USED, artifact=used.to_json())


def find_artifact(repo: Repository, text: str, type: str | None = None) -> Artifact:
    """The version that a text means; one that is being stored right now is waited for.

    Raises:
        ArtifactNotFound: there is none.
    """
    await_stored(repo.common_dir, split(text)[0])
    with Runs(repo) as runs:
        found = Artifacts(runs).resolve(text, type)
    return artifact_of(repo, found)


def artifact_of(repo: Repository, found: FoundArtifact) -> Artifact:
    """A version that was looked up, as scripts know it."""
    artifact = Artifact(found.entry.name, found.entry.type)
    artifact.take(Logged(artifact, repo, found.entry.name, found))
    return artifact


def _plain(aliases: Sequence[str] | None) -> list[str]:
    given = [aliases] if isinstance(aliases, str) else list(aliases or ())
    return [str(alias) for alias in given if version_number(str(alias)) is None]
